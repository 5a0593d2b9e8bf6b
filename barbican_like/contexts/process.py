"""Processes as the supervisor handles them: in sessions of their own, watched by pidfd, ended by group."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from barbican_like.contexts.channel import encode

_PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h
_ORPHAN_SECONDS: Final = 5.0


@dataclass(eq=False)
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


class Thread(Process):
    """A thread service: its channel is its own, its process that of its host."""

    code = 1  # until it has said another
    reason = ""

    def __init__(self, host: Process, channel: socket.socket) -> None:
        super().__init__(host.pid, -1, channel, -1)
        self._host = host

    def signal(self, number: signal.Signals) -> None:
        """Ask it to end, whatever the signal."""
        with contextlib.suppress(OSError):
            self.channel.send(encode("stop"))

    def kill_group(self) -> bool:
        """No thread can be killed alone: its host is, with all that it hosts."""
        return self._host.kill_group()

    def reap(self) -> int:
        """What it has said as its last word."""
        return self.code

    def close(self) -> None:
        """Close the channel."""
        self.channel.close()


def start_thread(host: Process, message: bytes) -> Thread:
    """Have a host start a thread service.

    :raises OSError: when the host does not take the message.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            socket.send_fds(host.channel, [message], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
    ours.setblocking(False)  # noqa: FBT003 - its only argument
    return Thread(host, ours)


def group_exists(leader: int) -> bool:
    """Whether anybody is left in a group whose leader was reaped."""
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):  # what is another user's cannot be waited for
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
