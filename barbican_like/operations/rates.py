"""What was done in the last hour, of what kind and how fast, by what all processes have counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from barbican_like.common.meters import REQUEST, TASK
from barbican_like.common.meters.layout import BUCKETS, STEP, STEPS, Key
from barbican_like.common.meters.reading import Counted, Series

K = TypeVar("K")
WINDOW: Final = STEP * (STEPS - 1)
"""Seconds that are remembered for certain: the oldest of the steps is being written over."""


@dataclass(slots=True)
class Rate:
    """What was counted of something, by the begin of the step in which it was (seconds since 1970)."""

    points: dict[int, list[int]] = field(default_factory=dict)

    def add(self, at: int, counts: Sequence[int]) -> None:
        """Add counts by bucket."""
        known = self.points.get(at)
        self.points[at] = (
            list(counts) if known is None else [a + b for a, b in zip(known, counts, strict=True)]
        )

    def whole(self) -> list[int]:
        """All together, by bucket."""
        return [sum(column) for column in zip(*self.points.values(), strict=True)] or [0] * BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rates of a time."""

    since: int  # seconds since 1970
    until: int
    step: int  # seconds
    processes: int
    classes: Mapping[str, Rate]  # of requests, such as 2xx
    routes: Mapping[tuple[str, str, str], Rate]  # method, template, class
    tasks: Mapping[tuple[str, str], Rate]  # kind, outcome


def rates(counted: Counted, *, now: float, since: int = 0, step: int = STEP) -> Rates:
    """The rates from a time on, of the last hour at most.

    :param since: seconds since 1970.
    :param step: seconds of a point, a multiple of :data:`STEP`.
    """
    first = max(since, int(now) - WINDOW) // step * step
    window = range(max(first, int(now) - WINDOW) // STEP, int(now) // STEP + 1)
    classes: dict[str, Rate] = {}
    routes: dict[tuple[str, str, str], Rate] = {}
    tasks: dict[tuple[str, str], Rate] = {}
    for (method, route, status), series in total(counted, REQUEST).items():
        of_class = class_of(status)
        by_class = classes.setdefault(of_class, Rate())
        _spread(series, window, step, (by_class, routes.setdefault((method, route, of_class), Rate())))
    for (kind, outcome), series in total(counted, TASK).items():
        _spread(series, window, step, (tasks.setdefault((kind, outcome), Rate()),))
    return Rates(
        since=window.start * STEP,
        until=int(now),
        step=step,
        processes=counted.processes,
        classes=_busy(classes),
        routes=_busy(routes),
        tasks=_busy(tasks),
    )


def class_of(status: str) -> str:
    """The class of a status, such as 2xx."""
    return f"{status[:1]}xx"


def _spread(series: Series, window: range, step: int, into: Sequence[Rate]) -> None:
    for number, counts in series.steps.items():
        if number in window and any(counts):
            for rate in into:
                rate.add(number * STEP // step * step, counts)


def _busy(found: Mapping[K, Rate]) -> Mapping[K, Rate]:
    """Those of which there was something, in the order of their names."""
    return {key: found[key] for key in sorted(found, key=str) if found[key].points}


def total(counted: Counted, *begin: str) -> Mapping[Key, Series]:
    """The series whose keys begin so, by the rest of their keys."""
    return {key[len(begin) :]: series for key, series in counted.series.items() if key[: len(begin)] == begin}
