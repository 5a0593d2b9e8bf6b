"""Statistics in the words of Prometheus (its text format, version 0.0.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from barbican_like.contexts.monitor.statistics import Key, Known
from barbican_like.contexts.states import ServiceState

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MIB: Final = 1 << 20
Row = tuple[Key, Known, Mapping[str, Any]]
_Reading = Callable[[Known, Mapping[str, Any]], float]
_READINGS: Final[Sequence[tuple[str, str, str, _Reading]]] = (
    (
        "up",
        "gauge",
        "Whether the service is RUNNING.",
        lambda known, _: int(known.state == ServiceState.RUNNING),
    ),
    ("restarts_total", "counter", "Starts by the restart policy.", lambda known, _: known.restarts),
    ("failures_total", "counter", "Ends that were failures.", lambda known, _: known.failures),
    (
        "start_time_seconds",
        "gauge",
        "When the process began, since 1970.",
        lambda _, now: now["timestamp"] - now["elapsed"] if now["pid"] else 0,
    ),
    (
        "resident_memory_bytes",
        "gauge",
        "Resident memory of all its processes.",
        lambda _, now: now["total"]["rss"] * _MIB,
    ),
    (
        "virtual_memory_bytes",
        "gauge",
        "Address space of all its processes.",
        lambda _, now: now["total"]["vms"] * _MIB,
    ),
    ("cpu_seconds_total", "counter", "Processor time.", lambda _, now: now["cpu_seconds"]),
    ("open_fds", "gauge", "Open descriptors.", lambda _, now: now["open_fds"]),
    ("connections", "gauge", "Open sockets.", lambda _, now: now["connections"]),
    ("threads", "gauge", "Threads of all its processes.", lambda _, now: now["threads"]),
    ("processes", "gauge", "Its processes.", lambda _, now: len(now["children"]) + (now["pid"] is not None)),
)


def exposition(context: str, rows: Sequence[Row]) -> str:
    """All metrics of a context, as its scraper reads them."""
    return "".join(f"{line}\n" for line in _lines(context, rows))


def _lines(context: str, rows: Sequence[Row]) -> Iterator[str]:
    for name, kind, meaning, reading in _READINGS:
        yield from _head(name, kind, meaning)
        for key, known, now in rows:
            yield f"barbican_service_{name}{{{_labels(context, key)}}} {reading(known, now)}"
    yield from _head("state", "gauge", "1 for the state that the service is in, 0 for the others.")
    for key, known, _ in rows:
        for state in ServiceState:
            labels = f'{_labels(context, key)},state="{state}"'
            yield f"barbican_service_state{{{labels}}} {int(known.state == state)}"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP barbican_service_{name} {meaning}"
    yield f"# TYPE barbican_service_{name} {kind}"


def _labels(context: str, key: Key) -> str:
    # All three are names of context files: nothing in them needs an escape.
    return f'context="{context}",transaction="{key[0]}",service="{key[1]}"'
