"""How answers of operations are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from barbican_like.common import config
from barbican_like.common.figures import Figures, ProcessFigure, Tally, Trouble
from barbican_like.model.models import Task
from barbican_like.model.repositories.task_desk import TaskCount
from barbican_like.operations.durations import quantile
from barbican_like.operations.rates import Rate, Rates
from barbican_like.operations.service import Standing
from barbican_like.queue import desk


def task(row: Task) -> dict[str, Any]:
    """A task as operators see it."""
    shown = desk.shown(row)
    kind = shown.pop("name")
    times = {name: _time(shown[name]) for name in ("due_at", "created_at")}
    return {"kind": kind, **shown, **times}


def task_counts(counts: Sequence[TaskCount], now: datetime) -> list[dict[str, Any]]:
    """How many tasks there are."""
    return [
        {
            "kind": count.kind,
            "status": count.status.value,
            "number": count.number,
            **_age(count.oldest, now),
        }
        for count in counts
    ]


def overview(standing: Standing, now: datetime) -> dict[str, Any]:
    """How everything is."""
    rooms = standing.rooms
    return {
        "version": config.program_version(),
        "started": _time(rooms.started),
        "uptime_seconds": _seconds(rooms.started, now),
        "now": now.isoformat(),
        "state": _state(standing),
        "processes": [_process(process, now) for process in rooms.processes],
        "objects": _objects(rooms, now),
        "tasks": task_counts(standing.tasks, now),
        "last_change": rooms.last_change,
        "attention": [_trouble(trouble) for trouble in standing.attention],
    }


def rates(found: Rates) -> dict[str, Any]:
    """What was done, and how fast."""
    return {
        "since": found.since,
        "until": found.until,
        "step": found.step,
        "processes": found.processes,
        "requests": [{"class": name, **_rate(rate, found)} for name, rate in found.classes.items()],
        "routes": [
            {"method": method, "route": route, "class": of_class, **_rate(rate, found)}
            for (method, route, of_class), rate in found.routes.items()
        ],
        "tasks": [
            {"kind": kind, "outcome": outcome, **_rate(rate, found)}
            for (kind, outcome), rate in found.tasks.items()
        ],
    }


def _rate(rate: Rate, found: Rates) -> dict[str, Any]:
    points = [
        {"at": at, **_summary(counts, _length(at, found))} for at, counts in sorted(rate.points.items())
    ]
    return _summary(rate.whole(), max(1, found.until - found.since)) | {"points": points}


def _length(at: int, found: Rates) -> int:
    """Seconds of a step that belong to the answer: the last one is not over yet."""
    return max(1, min(at + found.step, found.until) - max(at, found.since))


def _summary(counts: Sequence[int], seconds: int) -> dict[str, Any]:
    number = sum(counts)
    return {
        "number": number,
        "per_second": round(number / seconds, 4),
        "p50": quantile(counts, 0.5),
        "p90": quantile(counts, 0.9),
        "p99": quantile(counts, 0.99),
    }


def _state(standing: Standing) -> str:
    if not standing.rooms.processes:
        return "unsupervised"
    return "degraded" if standing.has_failed else "running"


def _process(process: ProcessFigure, now: datetime) -> dict[str, Any]:
    return {
        "name": process.name,
        "state": process.state,
        "desired": process.desired,
        "pid": process.pid,
        "since": _time(process.since),
        "age_seconds": _seconds(process.since, now),
        "restarts": process.restarts,
    }


def _objects(figures: Figures, now: datetime) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for tally in figures.tallies:
        found.setdefault(tally.object, []).append(_tally(tally, now))
    return found


def _tally(tally: Tally, now: datetime) -> dict[str, Any]:
    return {"status": tally.status, "number": tally.number, **_age(tally.oldest, now)}


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "object": trouble.object,
        "id": trouble.id,
        "project_id": trouble.project_id,
        "reason": trouble.reason,
        "since": trouble.since.isoformat(),
    }


def _age(oldest: datetime | None, now: datetime) -> dict[str, Any]:
    return {"oldest": _time(oldest), "oldest_seconds": _seconds(oldest, now)}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _seconds(since: datetime | None, now: datetime) -> float | None:
    # Another machine's clock may be ahead.
    return None if since is None else max(0.0, round((now - since).total_seconds(), 3))
