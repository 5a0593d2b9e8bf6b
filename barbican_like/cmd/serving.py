"""The API's processes as a service: when it is ready, and how it ends without a broken request.

It is ready when each serving process has built its application and listens. A serving process that is asked
to end while its heirs listen already tells its callers to go: each answer closes its connection, until nobody
speaks to it any more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from dataclasses import dataclass
from typing import Final

from barbican_like.contexts.supervised import Supervised, end_by_signal
from barbican_like.http.edge import handover
from barbican_like.http.edge.adapter import Edge

_LOOK_SECONDS: Final = 0.01  # for a socket that is about to listen
_ALONE_SECONDS: Final = 0.5  # between looks whether those before have gone
_QUIET_SECONDS: Final = 0.5  # without a word: a caller that keeps its connection for later
_DRAIN_LOOK_SECONDS: Final = 0.05
DRAIN_SECONDS: Final = 6.0
"""For all callers; less than granian gives a process to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """What the main process knows of the port, for those that it forks."""

    address: str
    number: int
    processes: int  # that will serve
    older: int  # sockets of others that listen there already
    told: int  # the end of a pipe, into which each says that it serves


_port: Port | None = None


def announce(address: str, port: int, processes: int) -> None:
    """In the main process, before any other is there: tell the supervisor when so many of them serve."""
    global _port  # noqa: PLW0603 - granian hands nothing on to what it forks
    supervised = Supervised(end_by_signal)
    if not supervised.is_so:
        return
    reading, writing = os.pipe()
    older = handover.listeners(address, port)
    _port = Port(address=address, number=port, processes=processes, older=older, told=writing)

    def wait() -> None:
        left = processes
        while left > 0:
            left -= len(os.read(reading, left))
        supervised.ready()

    threading.Thread(target=wait, name="serving", daemon=True).start()


class ServingEdge(Edge):
    """The edge of a serving process."""

    _is_ending = False

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on granian's loop, which opens its socket next."""
        super().__rsgi_init__(loop)
        # granian ends at once by SIGTERM, and by SIGINT too: that is kept for after the drain.
        loop.add_signal_handler(signal.SIGTERM, self._begin_to_end)
        if _port is not None:
            self._look(_port)

    def _look(self, port: Port) -> None:
        if not handover.is_listening(port.number):
            self._loop.call_later(_LOOK_SECONDS, self._look, port)
            return
        if port.older:
            handover.take_over(port.number, port.older, port.processes)
            self._loop.call_later(_ALONE_SECONDS, self._look_whether_alone, port)
        os.write(port.told, b".")

    def _look_whether_alone(self, port: Port) -> None:
        if handover.listeners(port.address, port.number) > port.processes:
            self._loop.call_later(_ALONE_SECONDS, self._look_whether_alone, port)
        else:
            handover.spread_evenly(port.number)

    def _is_last(self, connection: str) -> bool:
        return super()._is_last(connection) or self._is_ending

    def _begin_to_end(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        has_heir = _port is not None and handover.listeners(_port.address, _port.number) > _port.processes
        self._drain(self._loop.time() + (DRAIN_SECONDS if has_heir else 0.0))

    def _drain(self, deadline: float) -> None:
        if self._loop.time() < deadline and handover.is_spoken_to(self.port, _QUIET_SECONDS):
            self._loop.call_later(_DRAIN_LOOK_SECONDS, self._drain, deadline)
        else:
            os.kill(os.getpid(), signal.SIGINT)
