"""An HTTP client whose every connection goes to an address that was looked at.

A name is resolved once for a connection, and what was found is what is connected to, so that a name that
resolves to something else the next time gains nothing. TLS still holds the certificate against the name.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, cast

import httpcore
import httpx

from barbican_like.common.breakable import BreakableStream, BrokenOff, Streams
from barbican_like.common.hosts import Hosts, share_of

_ERRORS: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
)


def client(
    hosts: Hosts, *, seconds: float, whole: float = math.inf, verify: ssl.SSLContext | None = None
) -> httpx.Client:
    """A client for addresses that users choose: no proxy, no ``.netrc``, no redirects.

    What it sends raises HostRefused or HostUnknown besides httpx's own errors.

    :param hosts: the machines that it may connect to.
    :param seconds: for each step: to connect, to send a part, to wait for one.
    :param whole: seconds for all steps of a request together, however little comes in each. Only one thread
        may use such a client.
    :param verify: what certificates are held against; None: the system's authorities.
    """
    return over(CheckedTransport(hosts, verify or ssl.create_default_context(), whole), seconds=seconds)


def over(transport: CheckedTransport, *, seconds: float) -> httpx.Client:
    """The same over a transport that its owner may break off."""
    return httpx.Client(transport=transport, timeout=seconds, trust_env=False, follow_redirects=False)


class CheckedTransport(httpx.BaseTransport):
    """A pool of connections to machines that are allowed.

    :param hosts: those.
    :param verify: what certificates are held against.
    :param whole: seconds for a request.
    :param waiting: what a thread is in while it waits for the other side.
    """

    def __init__(
        self,
        hosts: Hosts,
        verify: ssl.SSLContext,
        whole: float = math.inf,
        *,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._whole = whole
        self._streams = Streams(waiting)
        self._backend = _CheckedBackend(hosts, self._streams)
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=10,
            max_keepalive_connections=10,
            keepalive_expiry=5.0,
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        :raises httpx.TransportError: when there is no answer.
        :raises HostRefused, HostUnknown: before anything is sent.
        """
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        self._backend.deadline.at = time.monotonic() + self._whole
        with _errors_of_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def break_off(self) -> None:
        """End what is under way: whoever waits for a machine gets an error. Any thread may call this."""
        self._streams.break_off()


class _Deadline:
    """When the present request has to be over."""

    def __init__(self) -> None:
        self.at = math.inf  # of the monotonic clock

    def within(self, seconds: float | None, late: type[Exception]) -> float | None:
        """What is left of it for a step.

        :param seconds: that the step may take; None: any number.
        :raises late: where nothing is left.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise late("The request has taken too long")
        if seconds is None:
            return None if left == math.inf else left
        return min(seconds, left)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to the first address that is allowed and answers."""

    def __init__(self, hosts: Hosts, streams: Streams) -> None:
        self.deadline = _Deadline()
        self._hosts = hosts
        self._streams = streams
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A stream to a machine.

        :raises HostRefused, HostUnknown: where it has no address that is allowed, or none at all.
        """
        try:
            stream = self._streams.connect(lambda: self._connect(host, port, timeout, local_address))
        except BrokenOff as error:
            raise httpcore.ConnectError("It was broken off") from error
        return BreakableStream(_TimedStream(stream, self.deadline), self._streams)

    def _connect(
        self, host: str, port: int, timeout: float | None, local_address: str | None
    ) -> httpcore.NetworkStream:
        fault: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("No address")
        found = self._hosts.addresses(host, port)
        seconds = self.deadline.within(timeout, httpcore.ConnectTimeout)
        until = math.inf if seconds is None else time.monotonic() + seconds
        for number, (_, (address, *_)) in enumerate(found):
            share = None if seconds is None else share_of(until, len(found) - number)
            try:
                return self._sockets.connect_tcp(
                    str(address), port, timeout=share, local_address=local_address
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault


class _TimedStream(httpcore.NetworkStream):
    """A connection whose steps have an end together."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, none at the end."""
        return self._stream.read(max_bytes, self._deadline.within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        self._stream.write(buffer, self._deadline.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, secured."""
        seconds = self._deadline.within(timeout, httpcore.ConnectTimeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, seconds)
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What is known of the connection."""
        return self._stream.get_extra_info(info)


class _Body(httpx.SyncByteStream):
    """An answer's body as it comes."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from cast("Iterable[bytes]", self._answer.stream)

    def close(self) -> None:
        """Give the connection back, or close it where something is unread."""
        self._answer.close()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Raise httpx's errors in place of those of what is below it."""
    try:
        yield
    except tuple(below for below, _ in _ERRORS) as error:
        raise next(ours for below, ours in _ERRORS if isinstance(error, below))(str(error)) from error
