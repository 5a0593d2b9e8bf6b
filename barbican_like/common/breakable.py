"""Streams that another thread can break off, and that move large amounts in large steps.

Closing a socket wakes nobody who waits for it on Linux; shutting it down does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, TypeVar, cast

import httpcore

_AT_ONCE: Final = 0.002  # seconds; what comes within them is not worth that another thread is let go first
_READ_AHEAD: Final = 2**18  # bytes; the library would ask for a quarter of that at once


class Closable(Protocol):
    """What is closed when nobody wants it."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Closable)


class BrokenOff(OSError):
    """Another thread has ended what was under way."""


class Streams:
    """The streams of a pool that are open, or being opened.

    :param waiting: what a thread is in while it waits for the other side.
    """

    def __init__(self, waiting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext) -> None:
        self.waiting = waiting
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[_Breakable] = weakref.WeakSet()
        self._awaited: set[Future[Any]] = set()
        self._is_broken = False

    def connect(self, make: Callable[[], C]) -> C:
        """What is made by a thread of its own: a name that nobody resolves holds up no one else.

        :raises BrokenOff: as soon as the streams are; what is made nevertheless is closed.
        """
        made: Future[C] = Future()
        with self._lock:
            if self._is_broken:
                raise BrokenOff
            self._awaited.add(made)
        threading.Thread(target=_make, args=(make, made), name="connect", daemon=True).start()
        try:
            with self.waiting():
                return made.result()
        finally:
            with self._lock:
                self._awaited.discard(made)

    def add(self, stream: _Breakable) -> None:
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
            for made in self._awaited:
                with contextlib.suppress(InvalidStateError):
                    made.set_exception(BrokenOff())


def _make(make: Callable[[], C], made: Future[C]) -> None:
    try:
        result = make()
    except BaseException as error:  # noqa: BLE001  boundary: whoever waits for it is told
        with contextlib.suppress(InvalidStateError):
            made.set_exception(error)
        return
    try:
        made.set_result(result)
    except InvalidStateError:
        result.close()


class _Breakable:
    """A connection that another thread can break off."""

    def wire(self) -> Any:
        """What it goes over."""
        raise NotImplementedError

    def break_off(self) -> None:
        """Wake whoever waits for it."""
        with contextlib.suppress(OSError):  # it has ended already
            socket.socket.shutdown(self.wire(), socket.SHUT_RDWR)


class _Handshake(_Breakable):
    """A connection that TLS begins on: its socket is taken out of the stream then, so this has another."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection.dup()

    def wire(self) -> Any:
        """The copy."""
        return self._connection

    def close(self) -> None:
        """Close the copy."""
        self._connection.close()


class BreakableStream(_Breakable, httpcore.NetworkStream):
    """A stream of the library's, known to its pool's owner."""

    def __init__(self, stream: httpcore.NetworkStream, streams: Streams) -> None:
        self._stream = stream
        self._streams = streams
        streams.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        most = max(max_bytes, _READ_AHEAD)
        with contextlib.suppress(httpcore.ReadTimeout):
            return self._stream.read(most, _AT_ONCE)
        with self._streams.waiting():
            return self._stream.read(most, timeout)

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
        with contextlib.closing(_Handshake(self.wire())) as handshake:
            self._streams.add(handshake)
            with self._streams.waiting():
                secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return BreakableStream(secured, self._streams)

    def get_extra_info(self, info: str) -> Any:
        """What the library's stream says."""
        return self._stream.get_extra_info(info)

    def wire(self) -> Any:
        """The library's."""
        return self._stream.get_extra_info("socket")
