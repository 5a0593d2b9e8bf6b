"""Counts tries of tasks by kind and outcome, with the time that each took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from barbican_like.common.meters import TASK
from barbican_like.common.meters.writing import Meters
from barbican_like.queue.outcome import Again, Done, Failed, HandedBack, Outcome, Retry

Measure = Callable[[str, Outcome | None, float], None]
"""Told of each try: the kind's name, how it ended, seconds."""
OUTCOMES: Final[Mapping[type[Outcome | None], str]] = {
    Done: "done",
    Again: "again",
    Retry: "retried",
    Failed: "failed",
    HandedBack: "returned",
    type(None): "lost",
}
"""What outcomes are called; lost: another worker had the task by then, and nothing was written."""


def measure_by(meters: Meters) -> Measure:
    """What notes tries in a process's meters."""

    def measure(kind: str, outcome: Outcome | None, seconds: float) -> None:
        meters.note((TASK, kind, OUTCOMES[type(outcome)]), seconds)

    return measure


def unmeasured(_kind: str, _outcome: Outcome | None, _seconds: float) -> None:
    """The measure of who counts nothing."""
