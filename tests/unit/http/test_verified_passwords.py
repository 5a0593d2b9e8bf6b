"""What is remembered of passwords that bcrypt has taken: for how long, of how many, and under what."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from barbican_like.http.middleware.htpasswd import User
from barbican_like.http.middleware.verified import MOST, TERM, VerifiedPasswords

ALICE = User("alice", b"$2b$04$" + b"a" * 53, "alice")


def holds(verified: VerifiedPasswords, user: User, password: bytes) -> bool:
    return verified.holds(user, verified.digest(user, password))


def test_a_password_is_remembered_for_its_user_only() -> None:
    verified = VerifiedPasswords()
    verified.remember(ALICE, verified.digest(ALICE, b"right"))
    assert holds(verified, ALICE, b"right")
    assert not holds(verified, ALICE, b"wrong")
    assert not holds(verified, ALICE, b"")
    assert not holds(verified, replace(ALICE, name="bob"), b"right")


def test_it_is_remembered_for_an_hour_however_often_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    verified = VerifiedPasswords()
    verified.remember(ALICE, verified.digest(ALICE, b"right"))
    for _ in range(59):
        now[0] += 60.0
        assert holds(verified, ALICE, b"right")
    now[0] += 60.1
    assert not holds(verified, ALICE, b"right")
    assert TERM == 3600.0


def test_the_longest_unused_users_are_forgotten_first() -> None:
    """The table never holds more than its bound."""
    verified = VerifiedPasswords(most=3)
    users = [replace(ALICE, name=f"user-{number}") for number in range(5)]
    for user in users:
        verified.remember(user, verified.digest(user, b"right"))
    assert [holds(verified, user, b"right") for user in users] == [False, False, True, True, True]
    assert MOST == 1024


def test_another_line_in_the_file_forgets_the_password() -> None:
    """The stored hash is a part of what is compared."""
    verified = VerifiedPasswords()
    verified.remember(ALICE, verified.digest(ALICE, b"right"))
    assert not holds(verified, replace(ALICE, stored=b"$2b$04$" + b"b" * 53), b"right")


def test_name_and_password_cannot_be_shifted_into_each_other() -> None:
    """Each part goes in with its length."""
    verified = VerifiedPasswords()
    first, second = replace(ALICE, name="ab"), replace(ALICE, name="a")
    assert verified.digest(first, b"c") != verified.digest(second, b"bc")


def test_each_process_has_a_key_of_its_own() -> None:
    """What one remembers tells nothing about passwords elsewhere, and never holds the password."""
    one, other = VerifiedPasswords(), VerifiedPasswords()
    assert one.digest(ALICE, b"right") != other.digest(ALICE, b"right")
    one.remember(ALICE, one.digest(ALICE, b"a-long-password"))
    assert b"a-long-password" not in repr(vars(one._digests)).encode()
