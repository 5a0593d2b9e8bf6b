"""How one try of a task ended."""

from __future__ import annotations

import random
from dataclasses import dataclass

_BASE = 0.5
_CAP = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """The result is committed."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Something failed that may heal."""

    delay: float  # seconds
    error: str  # for operators: a class name, never a value


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up: the entity ends in ERROR with this."""

    status_code: str
    reason: str  # safe to show to the owner


Outcome = Done | Retry | Failed


def backoff(attempt: int) -> float:
    """Seconds to wait after the ``attempt``-th try failed: doubling from half a second to a minute,
    of which a random half is taken off, so that many failures do not come back as one.
    """
    longest = min(_CAP, _BASE * 2.0 ** min(attempt - 1, 30))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreading load needs no secrecy
