"""How the supervisor hears that the API is ready: each serving process has its application, and listens."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from barbican_like.contexts.supervised import Supervised, end_by_signal
from barbican_like.http.edge.adapter import Edge

_LOOK_AGAIN: Final = 0.005
_listening: int | None = None
"""The end of the pipe into which a serving process, forked by granian, says so."""


def announce(processes: int) -> None:
    """In the main process, before any other is there: tell the supervisor when so many of them serve."""
    global _listening
    supervised = Supervised(end_by_signal)
    if not supervised.is_so:
        return
    reading, _listening = os.pipe()

    def wait() -> None:
        left = processes
        while left > 0:
            left -= len(os.read(reading, left))
        supervised.ready()

    threading.Thread(target=wait, name="serving", daemon=True).start()


class ServingEdge(Edge):
    """The edge of a serving process, which says when it listens."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on granian's loop, which opens its socket next."""
        super().__rsgi_init__(loop)
        if _listening is not None:
            self._look(_listening)

    def _look(self, pipe: int) -> None:
        if is_listening():
            os.write(pipe, b".")
        else:
            self._loop.call_later(_LOOK_AGAIN, self._look, pipe)


def is_listening() -> bool:
    """Whether this process has a TCP socket that takes connections."""
    for entry in Path("/proc/self/fd").iterdir():
        if not entry.is_socket():
            continue
        with suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as end:
            is_tcp = end.family in {socket.AF_INET, socket.AF_INET6}
            if is_tcp and end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return True
    return False
