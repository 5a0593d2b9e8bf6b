"""The kinds of tasks, as data: a room says what its kinds are, the fabric how they are worked."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

_DICE: Final = random.Random()  # noqa: S311  spreading load needs no secrecy

COST: Final = 1_000
"""What a task of the usual priority puts off its project's next turn by."""

USUAL_PRIORITY: Final = 5
"""Of 0 (most urgent) to 9. A step is a factor of the cost, so nobody is passed over for ever."""

_FACTOR: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How long a kind of task is tried, and how often."""

    patience: float = 86_400.0  # seconds of failing by its own fault, then it is given up
    losses: int = 10  # workers lost in a row while they had it, then it is given up
    first: float = 0.5  # seconds before the second try; doubled for each one after
    longest: float = 60.0  # seconds between tries at most

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the ``attempt``-th try failed; a random half is taken off, so that many
        failures do not come back as one.
        """
        longest = min(self.longest, self.first * 2.0 ** min(max(attempt - 1, 0), 30))
        return longest * _DICE.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskKind:
    """One kind of task."""

    name: str  # a method's of TaskClient and of Tasks, such as process_type_order
    entity: str  # the argument that names the task's entity, such as order_id
    lane: str  # the threads that work it; kinds that may hang or take long have lanes of their own
    retries: Retries = Retries()
    time_limit: float = 300.0  # seconds for one try
    together: int = 1  # rows claimed, worked and committed at once: many where a try takes milliseconds


def cost(priority: int = USUAL_PRIORITY) -> int:
    """The cost of a task of this priority, 0 to 9."""
    return max(1, round(COST * _FACTOR ** (priority - USUAL_PRIORITY)))
