"""What granian does not bound: how many connections there are, and how long a caller leaves its answer.

Both are done on the sockets themselves, which are found among this process's open files, as Linux shows them.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from barbican_like.common.open_files import raise_limit

_FILES: Final = Path("/proc/self/fd")
_OTHER_FILES: Final = 256
"""Open files of a process besides its connections: databases, logs, libraries."""
_LOOK_SECONDS: Final = 0.25
_TCP_INFO: Final = struct.Struct("44xI4xI")
"""Of struct tcp_info (linux/tcp.h): milliseconds since data was last sent, and since it last came."""


def allow_files(connections: int) -> None:
    """Let this process have so many connections open, as far as its hard limit goes."""
    raise_limit(2 * connections + _OTHER_FILES)  # each twice, while the silent ones are looked for


class Connections(threading.Thread):
    """Watches over the connections that came in at a port of this process, until it is stopped.

    :param most: that stay; of more, those are closed that have been silent longest.
    :param answer_seconds: without the caller taking anything of what waits for it; the kernel then ends the
        connection.
    """

    def __init__(self, port: int, *, most: int, answer_seconds: float) -> None:
        super().__init__(name="connections", daemon=True)
        self._port = port
        self._most = most
        self._patience = int(answer_seconds * 1000)
        self._others = 0  # open files that are no connections, once known: a full house is counted once
        self._ended = threading.Event()

    def run(self) -> None:
        """Watch."""
        told = False
        while not self._ended.wait(_LOOK_SECONDS):
            told = told or self._limit_patience()
            self.look()

    def look(self) -> None:
        """Close the connections that are too many."""
        files = sum(1 for _ in _FILES.iterdir())
        if files - self._others > self._most:
            self._others = files - self._close_silent()

    def stop(self) -> None:
        """End; returns at once."""
        self._ended.set()

    def _limit_patience(self) -> bool:
        """Tell the listening socket, from which connections have it; False while there is none."""
        with ExitStack() as opened:
            listening = list(own_sockets(opened, self._port, listening=True))
            for found in listening:
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self._patience)
        return bool(listening)

    def _close_silent(self) -> int:
        """Close those that are too many; returns how many there were."""
        with ExitStack() as opened:
            connections = sorted(
                own_sockets(opened, self._port, listening=False), key=idle_seconds, reverse=True
            )
            for found in connections[: max(0, len(connections) - self._most)]:
                with suppress(OSError):  # it has just been closed by the caller
                    found.shutdown(socket.SHUT_RDWR)
            return len(connections)


def own_sockets(opened: ExitStack, port: int, *, listening: bool) -> Iterator[socket.socket]:
    """The sockets of this process at a port of its own: those that listen, or the connections.

    :param opened: closes the duplicates that are given.
    """
    for file in _FILES.iterdir():
        with suppress(OSError):  # closed meanwhile, or no socket
            if not str(file.readlink()).startswith("socket:"):
                continue
            found = opened.enter_context(socket.socket(fileno=os.dup(int(file.name))))
            if (
                found.family in {socket.AF_INET, socket.AF_INET6}
                and found.type == socket.SOCK_STREAM
                and found.getsockname()[1] == port
                and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == listening
            ):
                yield found


def idle_seconds(connection: socket.socket) -> float:
    """Seconds since either side has sent anything."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    sent, came = _TCP_INFO.unpack(told)
    return float(min(sent, came)) / 1000
