"""What /proc tells of processes: who bears a mark, and how much memory a session has."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Collection
from pathlib import Path
from typing import Final

from barbican_like.contexts.shortage import is_short

_ORPHAN_SECONDS: Final = 5.0


def has_mark(pid: int, mark: tuple[str, str]) -> bool:
    """Whether a process has an environment variable; False where that cannot be seen.

    :raises OSError: when no file can be opened, for then it may be seen later.
    """
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError as error:
        if is_short(error):
            raise
        return False
    return "=".join(mark).encode() in entries


def end_orphans(mark: tuple[str, str]) -> list[int]:
    """Kill every other process that bears the mark, and wait until they have ended.

    The mark is read again through a pidfd's process, so that no other that has got the id meanwhile is hit.

    :return: the ids of those that were killed.
    """
    found: dict[int, int] = {}
    mine = os.getpid()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == mine or not has_mark(int(entry.name), mark):
            continue
        with contextlib.suppress(ProcessLookupError):
            found[int(entry.name)] = os.pidfd_open(int(entry.name))
    killed = []
    for pid, descriptor in found.items():
        if has_mark(pid, mark):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                killed.append(pid)
    for descriptor in found.values():
        ended = select.poll()  # select() takes no descriptor above 1,023
        ended.register(descriptor, select.POLLIN)
        ended.poll(_ORPHAN_SECONDS * 1000)
        os.close(descriptor)
    return killed


def resident_mib(leaders: Collection[int]) -> dict[int, float]:
    """MiB of resident memory by leader: all processes of its session."""
    page = os.sysconf("SC_PAGESIZE") / 2**20
    found = dict.fromkeys(leaders, 0.0)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # After the name in brackets, which may hold anything: state, parent, group, session (proc(5)).
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            session = int(fields[3])
            if session in found:
                found[session] += int(fields[21]) * page
    return found
