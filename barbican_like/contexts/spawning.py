"""How a process begins: in a session of its own, without a shell, with as many open files as it expects."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from barbican_like.common import open_files
from barbican_like.contexts.channel import DESCRIPTOR, VARIABLE
from barbican_like.contexts.process import Process

_RESET: Final = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


class Spawner:
    """Starts programs; raises the soft limit of open files of this process, and not theirs.

    Programs that use select() cannot have descriptors above 1,023, from which the usual limit keeps them.
    posix_spawn() takes only descriptors below the limit that it is called with, so what a program gets goes
    through low numbers that are kept for it.

    :raises OSError: when those cannot be had.
    """

    def __init__(self) -> None:
        self._soft = open_files.raise_limit()
        null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        # Above those numbers that the program knows them by, so that none overwrites another.
        reserve = partial(fcntl.fcntl, null, fcntl.F_DUPFD_CLOEXEC, DESCRIPTOR + 1)
        self._null, self._printed, self._channel = (reserve() for _ in range(3))
        os.close(null)

    def close(self) -> None:
        """Give back what is kept."""
        for descriptor in (self._null, self._printed, self._channel):
            os.close(descriptor)

    def spawn(self, words: tuple[str, ...], environment: Mapping[str, str]) -> Process:
        """Start a program.

        :raises OSError: when it cannot be started.
        """
        with ExitStack() as kept, ExitStack() as passed:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            kept.enter_context(ours)
            with theirs:
                self._lend(passed, theirs.fileno(), self._channel)
            output, printed = os.pipe()
            kept.callback(os.close, output)
            try:
                self._lend(passed, printed, self._printed)
            finally:
                os.close(printed)
            pid = self._begin(words, {**environment, VARIABLE: str(DESCRIPTOR)})
            kept.callback(_end, pid)
            process = Process(pid, os.pidfd_open(pid), ours, output)
            kept.pop_all()
        ours.setblocking(False)  # noqa: FBT003 - its only argument
        os.set_blocking(output, False)
        return process

    def _lend(self, lent: ExitStack, descriptor: int, number: int) -> None:
        """Have a descriptor under a number that is kept, until the stack is closed."""
        os.dup2(descriptor, number, inheritable=False)
        lent.callback(os.dup2, self._null, number, inheritable=False)

    def _begin(self, words: tuple[str, ...], environment: Mapping[str, str]) -> int:
        dup = os.POSIX_SPAWN_DUP2
        with open_files.limited(self._soft):
            return os.posix_spawn(
                words[0],
                words,
                environment,
                file_actions=[
                    (dup, self._null, 0),
                    (dup, self._printed, 1),
                    (dup, self._printed, 2),
                    (dup, self._channel, DESCRIPTOR),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=_RESET,
            )


def _end(pid: int) -> None:
    """Kill a child that has only begun, and take its end."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
