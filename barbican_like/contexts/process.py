"""Processes as the supervisor handles them: in sessions of their own, watched by pidfd, ended by group."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from barbican_like.contexts.channel import DESCRIPTOR, VARIABLE

_PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h
_ORPHAN_SECONDS: Final = 5.0


@dataclass(slots=True, eq=False)
class Process:
    """A leader of a session and process group, with what leads to it."""

    pid: int
    pidfd: int
    channel: socket.socket
    output: int  # the reading end of what it prints

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the leader; nothing when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def kill_group(self) -> bool:
        """SIGKILL to all of its group, before the leader is reaped; whether there was anybody."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def reap(self) -> int:
        """Take the leader's end: its exit code, negative for a signal."""
        ended = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED)
        if ended is None:  # cannot be without WNOHANG
            return 0
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def close(self) -> None:
        """Close the descriptors."""
        self.channel.close()
        os.close(self.output)
        os.close(self.pidfd)


def spawn(words: tuple[str, ...], environment: Mapping[str, str]) -> Process:
    """Start a program in a session of its own, without a shell.

    :raises OSError: when it cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    output, printed = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    pid = None
    try:
        dup = os.POSIX_SPAWN_DUP2
        pid = os.posix_spawn(
            words[0],
            words,
            {**environment, VARIABLE: str(DESCRIPTOR)},
            file_actions=[
                (dup, null, 0),
                (dup, printed, 1),
                (dup, printed, 2),
                (dup, theirs.fileno(), DESCRIPTOR),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD),
        )
        process = Process(pid, os.pidfd_open(pid), ours, output)
    except OSError:
        ours.close()
        os.close(output)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        raise
    finally:
        theirs.close()
        os.close(printed)
        os.close(null)
    ours.setblocking(False)  # noqa: FBT003 - its only argument
    os.set_blocking(output, False)
    return process


def group_exists(leader: int) -> bool:
    """Whether anybody is left in a group whose leader was reaped."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def adopt_strays() -> None:
    """Have the kernel hand this process all descendants that lose their parents."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def strays(known: set[int]) -> Iterator[int]:
    """Children of this process that it has not started; those that have ended are reaped on the way."""
    for text in Path("/proc/thread-self/children").read_text().split():
        pid = int(text)
        if pid in known:
            continue
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                yield pid


def has_mark(pid: int, mark: tuple[str, str]) -> bool:
    """Whether a process has an environment variable; False where that cannot be seen."""
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
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
        select.select([descriptor], [], [], _ORPHAN_SECONDS)
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
