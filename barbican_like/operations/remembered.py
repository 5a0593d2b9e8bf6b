"""A value that is dear to make, made anew so seldom that all its makings take a twentieth of the time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")
OLDEST: Final = 10.0
"""Seconds that it may be old, however dear it is."""
_TIMES: Final = 20  # as long as a making has taken, the value is kept


class Remembered(Generic[T]):
    """One value of a process. What takes a millisecond is kept for twenty: those who ask see it fresh.

    :param now: a clock that never goes back, in seconds.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._value: T | None = None
        self._until = float("-inf")

    def get(self, make: Callable[[], T]) -> T:
        """The value, made by ``make`` where there is none that is young enough; others wait for it then."""
        with self._lock:
            begun = self._now()
            if self._value is None or begun >= self._until:
                self._value = make()
                end = self._now()
                self._until = end + min(OLDEST, _TIMES * (end - begun))
            return self._value
