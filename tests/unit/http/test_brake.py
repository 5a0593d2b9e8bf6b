"""The brake on who guesses passwords: whom it slows down, and for how long."""

from __future__ import annotations

import time

import pytest

from barbican_like.http.middleware.brake import Brake, caller_of


class Clock:
    """Stands until it is told."""

    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


def test_some_failures_are_free_and_each_more_waits(clock: Clock) -> None:
    brake = Brake(free=3, seconds=10)
    for _ in range(3):
        assert brake.wait("a") == 0
        brake.failed("a")
    assert brake.wait("a") == 10
    clock.now += 9.5
    assert brake.wait("a") == 0.5
    clock.now += 0.5
    assert brake.wait("a") == 0
    brake.failed("a")
    assert brake.wait("a") == 10


def test_all_is_forgiven_after_a_while(clock: Clock) -> None:
    brake = Brake(free=3, seconds=10)
    for _ in range(3):
        brake.failed("a")
    clock.now += 31
    for _ in range(3):
        assert brake.wait("a") == 0
        brake.failed("a")


def test_each_key_is_on_its_own(clock: Clock) -> None:
    """A name with the address that it comes from is one: it stays usable from elsewhere."""
    brake = Brake(free=1, seconds=10)
    brake.failed(("alice", "10.0.0.1"))
    assert brake.wait(("alice", "10.0.0.1")) == 10
    assert brake.wait(("alice", "10.0.0.2")) == 0
    assert brake.wait(("bob", "10.0.0.1")) == 0


def test_its_memory_is_bounded(clock: Clock) -> None:
    """Those whose last failure is the longest ago are forgotten first."""
    brake = Brake(free=1, seconds=10, most=2)
    for key in ("a", "b", "a", "c"):
        brake.failed(key)
    assert [brake.wait(key) > 0 for key in "abc"] == [True, False, True]


def test_many_passwords_are_guesses_and_one_again_and_again_is_not(clock: Clock) -> None:
    brake = Brake(free=1, seconds=10)
    brake.failed("a")
    for _ in range(100):
        brake.tried("a", b"the same")
    assert not brake.guesses("a")
    for number in range(16):
        brake.tried("a", b"%d" % number)
    assert brake.guesses("a")
    assert not brake.guesses("b")


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("10.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2::17]:4711"', "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::17]", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::/64"),
        ("_hidden", "_hidden"),
        ("", ""),
        ("x" * 1000, "x" * 64),
    ],
)
def test_a_caller_is_an_address_or_a_network_of_one(address: str, caller: str) -> None:
    assert caller_of(address) == caller
