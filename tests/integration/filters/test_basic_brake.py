"""[api] auth = basic: those who send wrong passwords are slowed down, and nobody else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.filters.conftest import Htpasswd, line
from tests.integration.filters.test_basic import basic
from tests.support.application import Instance
from tests.support.caller import Answer, Raw

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
Login = Callable[..., Answer]


@pytest.fixture
def login(new_instance: Callable[..., Instance], htpasswd: Htpasswd) -> Login:
    """Asks with a name and a password, from an address, in a process that nobody has asked yet."""
    htpasswd.write(*(line(name, "right") for name in ("alice", "bob", *(f"user-{n}" for n in range(30)))))
    settings = "[oslo_middleware]\nenable_proxy_headers_parsing = true\n"
    instance = new_instance(f"[api]\nauth = basic\nhtpasswd_file = {htpasswd.path}\n{settings}", worker=False)

    def ask(name: str, password: str, address: str = HERE, **headers: str) -> Answer:
        sent = {"Authorization": basic(name, password), **headers}
        return Raw(method="GET", path="/v1/secrets", headers=sent, address=address).send(instance.application)

    return ask


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_after_some_failures_with_a_name_there_is_429_with_a_time(login: Login, name: str) -> None:
    """In the form of every error; a name that there is none of is treated alike."""
    assert [login(name, f"wrong-{n}").status for n in range(7)] == [401] * 5 + [429] * 2
    answer = login(name, "wrong")
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert answer.body == (
        b'{"code":429,"title":"Too Many Requests",'
        b'"description":"Too many attempts to authenticate have failed; try again later."}'
    )
    assert answer.headers["x-openstack-request-id"]


def test_the_right_password_does_not_help_while_it_lasts(login: Login) -> None:
    """Else every guess would be looked at."""
    for number in range(6):
        login("alice", f"wrong-{number}")
    assert login("alice", "right").status == 429


def test_a_name_is_never_locked_out_from_elsewhere(login: Login) -> None:
    for number in range(50):
        login("alice", f"wrong-{number}", HERE)
    assert login("alice", "right", ELSEWHERE).status == 200


def test_another_name_of_the_same_address_is_let_in(login: Login) -> None:
    for number in range(10):
        login("alice", f"wrong-{number}")
    assert login("bob", "right").status == 200


def test_an_address_that_tries_many_names_is_slowed_down_as_a_whole(login: Login) -> None:
    """Of others nothing changes."""
    statuses = [login(f"user-{number}", "wrong").status for number in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert login("bob", "right").status == 429
    assert login("bob", "right", ELSEWHERE).status == 200


def test_who_was_let_in_before_is_not_held_up_by_others_of_the_address(login: Login) -> None:
    assert login("bob", "right").status == 200
    for number in range(25):
        login(f"user-{number}", "wrong")
    assert login("user-29", "right").status == 429
    assert [login("bob", "right").status for _ in range(5)] == [200] * 5


def test_a_client_with_an_outdated_password_does_not_hold_up_its_neighbours(login: Login) -> None:
    """They have the same name and address and the right password, proved before.

    A guesser gains nothing by it.
    """
    assert login("alice", "right").status == 200
    for _ in range(100):
        assert login("alice", "outdated").status in {401, 429}
    assert login("alice", "right").status == 200
    for number in range(20):
        assert login("alice", f"guess-{number}").status == 429
    assert login("alice", "right").status == 429
    assert login("alice", "right", ELSEWHERE).status == 200


def test_behind_a_proxy_the_address_is_the_callers(login: Login) -> None:
    """As http_proxy_to_wsgi finds it: in Forwarded, or in X-Forwarded-For the last one."""
    for number in range(10):
        login("alice", f"wrong-{number}", Forwarded=f"for={HERE}")
    assert login("alice", "right", Forwarded=f"for={HERE}").status == 429
    assert login("alice", "right", **{"X-Forwarded-For": f"{ELSEWHERE}, {HERE}"}).status == 429
    assert login("alice", "right", Forwarded=f"for={ELSEWHERE}").status == 200


def test_what_is_right_is_no_failure(login: Login) -> None:
    for name in (f"user-{number}" for number in range(30)):
        assert login(name, "right").status == 200
    assert login("alice", "right").status == 200
