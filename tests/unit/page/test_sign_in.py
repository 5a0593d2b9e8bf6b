"""The sign-in by Keystone: what it takes, and whom it slows down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from barbican_like.common.errors import NotAuthenticated, SchemaMismatch, TooManyFailures
from barbican_like.page.http.schemas import CREDENTIALS
from barbican_like.page.http.sign_in import Password, Session, SignIn, Token

NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
HERE = "192.0.2.1"


class OneUser:
    """Knows alice."""

    def __init__(self) -> None:
        self.asked = 0

    def by_password(self, given: Password) -> Session | None:
        self.asked += 1
        return session() if (given.user, given.password) == ("alice", "right") else None

    def by_token(self, given: Token) -> Session | None:
        self.asked += 1
        return session() if given.token == "right" else None


def session() -> Session:
    return Session(
        token="gAAAA",
        user="alice",
        project="demo",
        project_id="1",
        expires_at=NEXT_YEAR,
    )


def password(user: str, text: str) -> Password:
    return Password(user=user, password=text, project="demo", domain="default")


def test_who_is_known_gets_a_session() -> None:
    sign_in = SignIn(OneUser())
    assert sign_in.session(password("alice", "right"), HERE).token == "gAAAA"
    assert sign_in.session(Token(token="right"), HERE).user == "alice"


def test_guesses_are_slowed_down_and_keystone_is_not_asked_for_them() -> None:
    identity = OneUser()
    sign_in = SignIn(identity)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            sign_in.session(password("alice", "wrong"), HERE)
    with pytest.raises(TooManyFailures) as refusal:
        sign_in.session(password("alice", "right"), HERE)
    assert refusal.value.seconds > 0
    assert identity.asked == 5


def test_a_name_stays_usable_from_elsewhere() -> None:
    sign_in = SignIn(OneUser())
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            sign_in.session(password("alice", "wrong"), HERE)
    assert sign_in.session(password("alice", "right"), "192.0.2.2").user == "alice"


def test_no_representation_has_what_is_secret() -> None:
    texts = repr([password("alice", "hunter2"), Token(token="gAAAAB"), session()])
    assert not any(secret in texts for secret in ("hunter2", "gAAAA"))


def test_a_password_is_taken_as_it_is() -> None:
    given = CREDENTIALS.parse({"user": " alice ", "password": " x ", "project": "demo"})
    assert given == password("alice", " x ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user"),
        ({"user": "a", "password": "b"}, "project"),
        ({"user": "a", "project": "b"}, "password"),
        ({"token": "t", "user": "a"}, "user"),
        ({"token": "a b"}, "token"),
        ({"token": "a\nb"}, "token"),
        ({"token": ""}, "token"),
        ({"token": "t" * 8193}, "token"),
        ({"user": "a", "password": 1, "project": "b"}, "password"),
    ],
)
def test_what_cannot_be_used_is_named_without_its_value(body: dict[str, object], field: str) -> None:
    with pytest.raises(SchemaMismatch) as refusal:
        CREDENTIALS.parse(body)
    assert refusal.value.field == field
