"""The memory of what grows old: bounded in number and in time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.timed_cache import TimedCache
from tests.support.threads import at_once

NAMES = st.sampled_from("abcde")


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In place of time.monotonic."""
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_an_entry_is_there_until_its_time_is_over(clock: Clock) -> None:
    """Seconds from when it was put, however often it is asked for."""
    cache: TimedCache[str] = TimedCache(2, 10.0)
    cache.put("a", "A")
    clock.now += 9.9
    assert cache.get("a") == "A"
    clock.now += 0.2
    assert cache.get("a") is None
    clock.now -= 5
    assert cache.get("a") is None


def test_putting_again_begins_anew(clock: Clock) -> None:
    """The value and its time are replaced."""
    cache: TimedCache[str] = TimedCache(2, 10.0)
    cache.put("a", "old")
    clock.now += 9
    cache.put("a", "new")
    clock.now += 9
    assert cache.get("a") == "new"


def test_the_least_recently_used_goes_first(clock: Clock) -> None:
    """Asking for an entry keeps it."""
    cache: TimedCache[str] = TimedCache(2, 10.0)
    cache.put("a", "A")
    cache.put("b", "B")
    assert cache.get("a") == "A"
    cache.put("c", "C")
    assert [cache.get(name) for name in "abc"] == ["A", None, "C"]


def test_a_forgotten_entry_is_gone_and_an_unknown_one_is_no_error(clock: Clock) -> None:
    """``forget`` works on anything."""
    cache: TimedCache[str] = TimedCache(2, 10.0)
    cache.put("a", "A")
    for name in ("a", "a", "b"):
        cache.forget(name)
    assert cache.get("a") is None


@given(size=st.integers(0, 4), names=st.lists(NAMES, max_size=30))
def test_it_never_holds_more_than_its_size(size: int, names: list[str]) -> None:
    """Of any sequence the last distinct ones stay; a size of nothing keeps nothing."""
    cache: TimedCache[str] = TimedCache(size, 10.0)
    for name in names:
        cache.put(name, name.upper())
    recent = list(dict.fromkeys(reversed(names)))[:size]
    assert {name for name in "abcde" if cache.get(name) is not None} == set(recent)
    assert all(cache.get(name) == name.upper() for name in recent)
    assert len(cache._entries) <= size


def test_threads_may_share_it() -> None:
    """Eight threads that put, get and forget raise nothing, and the bound holds."""
    cache: TimedCache[int] = TimedCache(3, 10.0)

    def use(number: int) -> None:
        for count in range(300):
            cache.put(str(count % 7), number)
            cache.get(str(count % 5))
            cache.forget(str(count % 3))

    at_once(8, use)
    assert len(cache._entries) <= 3
