"""A value that is dear to make is made seldom."""

from __future__ import annotations

from collections.abc import Iterator

from barbican_like.operations.remembered import OLDEST, Remembered


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def made(clock: Clock, seconds: float, values: Iterator[int]) -> int:
    """A value that takes so long."""
    clock.now += seconds
    return next(values)


def test_it_is_kept_for_twenty_times_as_long_as_it_took() -> None:
    clock, values = Clock(), iter(range(10))
    remembered: Remembered[int] = Remembered(clock)
    assert remembered.get(lambda: made(clock, 0.1, values)) == 0
    clock.now += 1.9
    assert remembered.get(lambda: made(clock, 0.1, values)) == 0
    clock.now += 0.2
    assert remembered.get(lambda: made(clock, 0.1, values)) == 1


def test_it_is_never_older_than_ten_seconds() -> None:
    clock, values = Clock(), iter(range(10))
    remembered: Remembered[int] = Remembered(clock)
    remembered.get(lambda: made(clock, 100.0, values))
    clock.now += OLDEST
    assert remembered.get(lambda: made(clock, 100.0, values)) == 1


def test_what_cannot_be_made_is_tried_again() -> None:
    remembered: Remembered[int] = Remembered(Clock())
    for _ in range(2):
        try:
            remembered.get(lambda: int("none"))
        except ValueError:
            continue
        raise AssertionError("it was made")
    assert remembered.get(lambda: 7) == 7
