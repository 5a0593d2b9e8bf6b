"""What the kernel says of processes (proc(5)), in one pass over /proc; who ends meanwhile is left out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
"""Units of processor time in a second."""
_PAGE: Final = os.sysconf("SC_PAGESIZE")
_MIB: Final = 1 << 20
_LARGEST: Final = 1 << 20  # of an environment
_STATUS: Final[Mapping[str, str]] = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "I": "idle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process at one moment."""

    pid: int
    status: str
    ticks: int  # of processor time, its own
    reaped_ticks: int  # and of its children that it has reaped
    threads: int
    started: int  # ticks since the machine came up: with the pid, which process this is
    rss: float  # MiB
    vms: float  # MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """What a process has open."""

    number: int
    files: int
    connections: int


def look() -> list[Process]:
    """Every process of the machine."""
    found = (_process(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - a pass must be quick
    return [process for process in found if process is not None]


def look_at(pid: int) -> Process | None:
    """One process; None when it is gone."""
    return _process(str(pid))


def descriptors(pid: int) -> Descriptors:
    """What a process has open; nothing for one that is gone or somebody else's."""
    links = list(_links(pid).values())
    return Descriptors(
        number=len(links),
        files=sum(link.startswith("/") and not link.startswith("/dev/") for link in links),
        connections=sum(link.startswith("socket:") for link in links),
    )


def opened_files(pid: int) -> list[dict[str, object]]:
    """The files that a process has open."""
    return [{"fd": fd, "path": link} for fd, link in sorted(_links(pid).items()) if link.startswith("/")]


def open_connections(pid: int) -> list[dict[str, object]]:
    """The sockets that a process has open."""
    return [
        {"fd": fd, "socket": link} for fd, link in sorted(_links(pid).items()) if link.startswith("socket:")
    ]


def memory_maps(pid: int) -> list[dict[str, object]]:
    """MiB of address space by what is mapped, the largest first."""
    sizes: dict[str, float] = {}
    for line in _read(f"/proc/{pid}/maps").decode(errors="replace").splitlines():
        parts = line.split(maxsplit=5)
        begin, _, end = parts[0].partition("-")
        path = parts[5] if len(parts) > 5 else "[anonymous]"  # noqa: PLR2004 - the last of six columns
        sizes[path] = sizes.get(path, 0) + (int(end, 16) - int(begin, 16)) / _MIB
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    return [{"path": path, "size": round(size, 3)} for path, size in ordered]


def total_memory() -> float:
    """MiB that the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE / _MIB


def since_boot() -> float:
    """Seconds since the machine came up, on the clock of :attr:`Process.started`."""
    return float(_read("/proc/uptime").split()[0])


class Marks:
    """The value of an environment variable of processes that have a second one with a certain value.

    It is read once of each process; of one that has just begun, again, for it may not yet be what it will be.
    """

    def __init__(self, variable: str, required: tuple[str, str]) -> None:
        self._begin = f"{variable}=".encode()
        self._required = "=".join(required).encode()
        self._known: dict[tuple[int, int], str | None] = {}
        self._seen: set[tuple[int, int]] = set()

    def of(self, processes: Iterable[Process]) -> dict[int, str]:
        """The marks of those that have one, by pid."""
        living = {(process.pid, process.started) for process in processes}
        self._known = {key: mark for key, mark in self._known.items() if key in living}
        for key in living - self._known.keys():
            mark = self._read(key[0])
            if mark is not None or key in self._seen:
                self._known[key] = mark
        self._seen = living - self._known.keys()
        return {key[0]: mark for key, mark in self._known.items() if mark is not None}

    def _read(self, pid: int) -> str | None:
        entries = _read(f"/proc/{pid}/environ").split(b"\0")
        for entry in entries if self._required in entries else ():
            if entry.startswith(self._begin):
                return entry[len(self._begin) :].decode(errors="replace")
        return None


def _process(pid: str) -> Process | None:
    # The name, which may hold anything, stands in brackets: what follows is split after the last one.
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    if not fields:
        return None
    return Process(
        pid=int(pid),
        status=_STATUS.get(fields[0].decode(), "unknown"),
        ticks=int(fields[11]) + int(fields[12]),
        reaped_ticks=int(fields[13]) + int(fields[14]),
        threads=int(fields[17]),
        started=int(fields[19]),
        vms=int(fields[20]) / _MIB,
        rss=int(fields[21]) * _PAGE / _MIB,
    )


def _links(pid: int) -> dict[int, str]:
    folder = f"/proc/{pid}/fd"
    found: dict[int, str] = {}
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return found
    for name in names:
        try:
            found[int(name)] = os.readlink(f"{folder}/{name}")  # noqa: PTH115
        except OSError:
            continue  # closed meanwhile
    return found


def _read(path: str) -> bytes:
    """A small file of /proc; nothing where the process is gone or somebody else's."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(file, _LARGEST):
            parts.append(part)
    except OSError:
        return b""
    finally:
        os.close(file)
    return b"".join(parts)
