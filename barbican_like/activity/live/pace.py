"""How often the gateway looks by itself for what nobody has woken it for."""

from __future__ import annotations

import math
from typing import Final

_USUAL: Final = 0.25  # seconds
_FAST: Final = {"sqlite": 0.005, "mysql": 0.02}
"""Seconds where wake-ups are missing; PostgreSQL brings them from other machines too."""

_REMEMBERED: Final = 60.0  # seconds after a change that came without a wake-up


class Pace:
    """The pause between two looks: short while changes come without wake-ups.

    A gateway of MariaDB expects them from other machines until one of this machine has woken it.
    """

    def __init__(self, dialect: str) -> None:
        self._fast = _FAST.get(dialect, _USUAL)
        self._fast_until = math.inf if dialect == "mysql" else -math.inf

    def seconds(self, now: float) -> float:
        """The pause that begins now.

        :param now: monotonic, in seconds.
        """
        return self._fast if now < self._fast_until else _USUAL

    def looked(self, now: float, *, woken: bool, found: bool) -> None:
        """Learn from a look.

        :param woken: whether a wake-up asked for it.
        :param found: whether there was something new.
        """
        if woken:
            if math.isinf(self._fast_until):
                self._fast_until = -math.inf
        elif found:
            self._fast_until = max(self._fast_until, now + _REMEMBERED)
