"""The statistics of a context's services: who they are by announcements, what they take by /proc."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from barbican_like.contexts.monitor import proc
from barbican_like.contexts.monitor.proc import Marks, Process

HISTORY_SECONDS: Final = 3600.0
Key = tuple[str, str]
"""A transaction and the id of a service in it."""
_LISTS: Final = {
    "open_connections": proc.open_connections,
    "opened_files": proc.opened_files,
    "memory_maps": proc.memory_maps,
}


@dataclass(slots=True)
class Known:
    """What announcements have said of a service."""

    state: str | None = None
    action: str = ""  # its last transition, as control messages name it
    pid: int | None = None
    restarts: int = 0
    failures: int = 0
    history: deque[dict[str, float]] = field(default_factory=deque)
    ticks: tuple[int, float] | None = None  # processor time at the last look, and the time of that look


class Statistics:
    """Asked by several threads; each question has its own look, under a lock.

    :param mark: the environment variable that names a process's service, as ``TRANSACTION/ID/LIFE``.
    :param context_mark: another, and the value that tells this context's processes from those of others.
    :param period: seconds between two looks.
    """

    def __init__(self, mark: str, context_mark: tuple[str, str], period: float) -> None:
        self._marks = Marks(mark, context_mark)
        self._services: dict[Key, Known] = {}
        self._lock = threading.Lock()
        self._kept = max(1, int(HISTORY_SECONDS / period)) if period else 1
        self._memory = proc.total_memory()

    def hear(self, topic: str, message: Mapping[str, Any]) -> None:
        """Take in an announcement of the supervisor."""
        header, content = message["header"], message["content"]
        with self._lock:
            if topic == "control":
                known = self._known((header["transaction"], header["service_id"]))
                status = content["status"]
                known.state, known.pid = status["state"], status["pid"]
                known.restarts, known.action = status["restarts"], header["action"]
                known.failures += header["action"] == "failed"
            elif topic == "process":
                known = self._known((header["transaction"], header["service_id"]))
                known.state = {"start": "STARTING", "stop": "STOPPING"}.get(header["action"], known.state)
            elif topic == "state":
                for task in content.get("tasks", ()):
                    known = self._known((header["transaction"], task["service_id"]))
                    known.state, known.pid = task["state"], task["pid"]
                    known.action, known.restarts = task["action"], task["restarts"]

    def look(self) -> dict[str, list[dict[str, Any]]]:
        """Look at all processes, remember it, and give the statistics by transaction."""
        with self._lock:
            found: dict[str, list[dict[str, Any]]] = {}
            for key, statistics in self._pass():
                found.setdefault(key[0], []).append(statistics)
                self._remember(self._services[key], statistics)
            return found

    def top(
        self, transaction: str, tasks: Mapping[str, int | None], lists: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """The statistics of some services as they are now.

        :param tasks: their process ids, as the supervisor knows them, by their own.
        :param lists: which of ``open_connections``, ``opened_files`` and ``memory_maps`` to add.
        """
        with self._lock:
            for id, pid in tasks.items():
                self._known((transaction, id)).pid = pid
            found = [now for (of, id), now in self._pass() if of == transaction and id in tasks]
        for statistics in found:
            if statistics["pid"] is not None:
                statistics.update({name: _LISTS[name](statistics["pid"]) for name in lists if name in _LISTS})
        return found

    def history(self, transaction: str, since: float) -> dict[str, list[dict[str, float]]]:
        """What was remembered of a transaction's services after a time (seconds since 1970), by id."""
        with self._lock:
            return {
                id: [point for point in known.history if point["timestamp"] > since]
                for (of, id), known in self._services.items()
                if of == transaction
            }

    def snapshot(self) -> list[tuple[Key, Known, dict[str, Any]]]:
        """All services with their statistics as they are now, for metrics."""
        with self._lock:
            return [(key, self._services[key], statistics) for key, statistics in self._pass()]

    def _known(self, key: Key) -> Known:
        return self._services.setdefault(key, Known(history=deque(maxlen=self._kept)))

    def _pass(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        processes = {process.pid: process for process in proc.look()}
        by_service: dict[Key, list[Process]] = {}
        for pid, mark in self._marks.of(processes.values()).items():
            transaction, _, rest = mark.partition("/")
            key = (transaction, rest.rpartition("/")[0])
            if transaction:  # the supervisor's own have none
                by_service.setdefault(key, []).append(processes[pid])
                self._known(key)
        now, since_boot = time.time(), proc.since_boot()
        for key, known in sorted(self._services.items()):
            mine = by_service.get(key, [])
            if not mine and known.pid in processes:  # a thread of a shared process
                mine = [processes[known.pid]]
            yield key, self._statistics(key[1], known, mine, now, since_boot)

    def _statistics(
        self, id: str, known: Known, mine: list[Process], now: float, since_boot: float
    ) -> dict[str, Any]:
        ordered = sorted(mine, key=lambda process: (process.pid != known.pid, process.started))
        leader, children = (ordered[0], ordered[1:]) if ordered else (None, [])
        ticks = sum(process.ticks + process.reaped_ticks for process in mine)
        before, known.ticks = known.ticks, (ticks, now)
        open_ = [proc.descriptors(process.pid) for process in ordered]
        total_rss = sum(process.rss for process in mine)
        return {
            "serviceId": id,
            "pid": leader.pid if leader else None,
            "state": known.state,
            "action": known.action,
            "status": leader.status if leader else None,
            "rss": round(leader.rss, 3) if leader else 0.0,
            "vms": round(leader.vms, 3) if leader else 0.0,
            "percent": self._percent(leader.rss if leader else 0),
            "cpu_percent": _cpu_percent(before, ticks, now),
            "cpu_seconds": ticks / proc.TICKS,
            "threads": sum(process.threads for process in mine),
            "open_files": sum(one.files for one in open_),
            "open_fds": sum(one.number for one in open_),
            "connections": sum(one.connections for one in open_),
            "children": [{"pid": p.pid, "status": p.status, "rss": round(p.rss, 3)} for p in children],
            "total": {
                "rss": round(total_rss, 3),
                "vms": round(sum(process.vms for process in mine), 3),
                "percent": self._percent(total_rss),
            },
            "elapsed": round(since_boot - leader.started / proc.TICKS, 2) if leader else 0.0,
            "timestamp": now,
        }

    def _percent(self, mib: float) -> float:
        return round(100 * mib / self._memory, 3)

    @staticmethod
    def _remember(known: Known, statistics: Mapping[str, Any]) -> None:
        known.history.append(
            {
                "timestamp": statistics["timestamp"],
                "rss": statistics["total"]["rss"],
                "vms": statistics["total"]["vms"],
                **{name: statistics[name] for name in ("cpu_percent", "threads", "open_fds", "connections")},
                "processes": len(statistics["children"]) + (statistics["pid"] is not None),
            }
        )


def _cpu_percent(before: tuple[int, float] | None, ticks: int, now: float) -> float:
    """Percent of one processor since the last look; 0 at the first, or when processes went."""
    if before is None or now <= before[1]:
        return 0.0
    return max(0.0, round(100 * (ticks - before[0]) / proc.TICKS / (now - before[1]), 2))
