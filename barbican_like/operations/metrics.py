"""All figures in the words of Prometheus. Labels have few values: no id is one of them, and no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from barbican_like.common.figures import ProcessFigure, Tally
from barbican_like.common.meters import REQUEST, TASK
from barbican_like.common.meters.layout import OTHERS
from barbican_like.common.meters.reading import Counted, Series
from barbican_like.model.repositories.task_desk import TaskCount
from barbican_like.operations.durations import cumulated
from barbican_like.operations.rates import total
from barbican_like.operations.service import Standing

TEXT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
OPENMETRICS: Final = "application/openmetrics-text"
_OPENMETRICS_VERSION: Final = "1.0.0"
OPENMETRICS_TYPE: Final = f"{OPENMETRICS}; version={_OPENMETRICS_VERSION}; charset=utf-8"
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Collector):
    """Everything that there is to tell at one moment."""

    version: str
    now: datetime
    standing: Standing
    counted: Counted

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples."""
        yield InfoMetricFamily("barbican_build", "The program.", value={"version": self.version})
        yield from _requests(self.counted)
        yield from _tries(self.counted)
        others = self.counted.series.get(OTHERS, Series())
        yield CounterMetricFamily(
            "barbican_uncounted", "What was counted under no name: too many names.", value=sum(others.buckets)
        )
        yield from _tasks(self.standing.tasks, self.now)
        yield from _things(self.standing.rooms.tallies, self.now)
        yield from _processes(self.standing.rooms.processes)
        yield GaugeMetricFamily(
            "barbican_metered_processes", "Living processes that count.", value=self.counted.processes
        )
        last = self.standing.rooms.last_change
        if last is not None:
            yield GaugeMetricFamily(
                "barbican_feed_last_number", "The number of the feed's last change.", value=last
            )


def exposition(told: Told, *, is_openmetrics: bool) -> tuple[bytes, str]:
    """The whole text, and its media type."""
    if is_openmetrics:
        text: bytes = generate_openmetrics(told, version=_OPENMETRICS_VERSION)  # type: ignore[no-untyped-call]
        return text, OPENMETRICS_TYPE
    return generate_latest(told), TEXT_TYPE


def _requests(counted: Counted) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "barbican_http_requests", "Requests that were answered.", labels=("method", "route", "status")
    )
    durations: dict[tuple[str, ...], Series] = {}
    for key, series in sorted(total(counted, REQUEST).items()):
        requests.add_metric(key, sum(series.buckets))
        durations.setdefault(key[:2], Series()).add(series)
    yield requests
    yield _histogram(
        "barbican_http_request_duration_seconds",
        "From when a request was whole until its answer was.",
        ("method", "route"),
        durations,
    )


def _tries(counted: Counted) -> Iterator[Metric]:
    tries = CounterMetricFamily(
        "barbican_task_tries", "Tries of tasks that have ended.", labels=("kind", "outcome")
    )
    durations: dict[tuple[str, ...], Series] = {}
    for key, series in sorted(total(counted, TASK).items()):
        tries.add_metric(key, sum(series.buckets))
        durations.setdefault(key[:1], Series()).add(series)
    yield tries
    yield _histogram(
        "barbican_task_duration_seconds",
        "From the begin of a try until its result was written.",
        ("kind",),
        durations,
    )


def _histogram(
    name: str, about: str, labels: Sequence[str], found: Mapping[tuple[str, ...], Series]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, about, labels=labels)
    for key, series in found.items():
        family.add_metric(
            key, buckets=cumulated(series.buckets), sum_value=series.microseconds / _MICROSECONDS
        )
    return family


def _tasks(counts: Sequence[TaskCount], now: datetime) -> Iterator[Metric]:
    labels = ("kind", "status")
    number = GaugeMetricFamily("barbican_tasks", "Open tasks.", labels=labels)
    oldest = GaugeMetricFamily(
        "barbican_task_oldest_age_seconds", "Since the oldest of them was written.", labels=labels
    )
    for count in counts:
        key = (count.kind, count.status.value)
        number.add_metric(key, count.number)
        oldest.add_metric(key, _age(count.oldest, now))
    yield number
    yield oldest


def _things(tallies: Sequence[Tally], now: datetime) -> Iterator[Metric]:
    """A family for each sort of things, and one for the ages of what is unfinished."""
    families: dict[str, GaugeMetricFamily] = {}
    oldest = GaugeMetricFamily(
        "barbican_oldest_age_seconds",
        "Since the oldest that is unfinished waits.",
        labels=("object", "status"),
    )
    for tally in tallies:
        labels, values = ((), ()) if tally.status is None else (("status",), (tally.status,))
        family = families.setdefault(
            tally.object,
            GaugeMetricFamily(f"barbican_{tally.object}", f"There are of {tally.object}.", labels=labels),
        )
        family.add_metric(values, tally.number)
        if tally.oldest is not None:
            oldest.add_metric((tally.object, tally.status or ""), _age(tally.oldest, now))
    yield from families.values()
    yield oldest


def _processes(processes: Sequence[ProcessFigure]) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "barbican_process_up", "Whether a process of the program is RUNNING.", labels=("process",)
    )
    restarts = CounterMetricFamily(
        "barbican_process_restarts", "Starts by the restart policy.", labels=("process",)
    )
    failed = GaugeMetricFamily(
        "barbican_process_failed", "Whether it is down and should not be.", labels=("process",)
    )
    for process in processes:
        key = (process.name,)
        up.add_metric(key, process.state == "RUNNING")
        restarts.add_metric(key, process.restarts)
        failed.add_metric(key, process.has_failed)
    yield up
    yield restarts
    yield failed


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
