"""Streams that another thread can break off, and that move large amounts in large steps.

Closing a socket wakes nobody who waits for it on Linux; shutting it down does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import weakref
from typing import Any, Final, cast

import httpcore

_READ_AHEAD: Final = 2**18  # bytes; the library would ask for a quarter of that at once


class Streams:
    """The streams of a pool that are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[BreakableStream] = weakref.WeakSet()
        self._is_broken = False

    def add(self, stream: BreakableStream) -> None:
        """Know of one; it is broken off at once where the others are."""
        with self._lock:
            self._open.add(stream)
            if self._is_broken:
                stream.break_off()

    def break_off(self) -> None:
        """Wake whoever waits for one of them, with an error; each later one too."""
        with self._lock:
            self._is_broken = True
            for stream in list(self._open):
                stream.break_off()


class BreakableStream(httpcore.NetworkStream):
    """A stream of the library's, known to its pool's owner."""

    def __init__(self, stream: httpcore.NetworkStream, streams: Streams) -> None:
        self._stream = stream
        self._streams = streams
        streams.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._stream.read(max(max_bytes, _READ_AHEAD), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send it all, without a copy of the rest after each step."""
        self._stream.write(cast("bytes", memoryview(buffer)), timeout)

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same within TLS."""
        return BreakableStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._streams)

    def get_extra_info(self, info: str) -> Any:
        """What the library's stream says."""
        return self._stream.get_extra_info(info)

    def break_off(self) -> None:
        """Wake whoever waits for it."""
        connection = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it has ended already
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
