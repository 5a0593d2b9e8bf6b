"""A receiver of webhooks on this machine, which keeps what it was sent and answers as a test wants."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import orjson
from standardwebhooks import Webhook

LONGEST_WAIT: Final = 60.0
"""Seconds after which something that does not come fails its test."""


@dataclass(frozen=True)
class Delivery:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int  # that it was answered with

    @property
    def id(self) -> str:
        """The message's."""
        return self.headers["webhook-id"]

    @property
    def seq(self) -> int:
        """The number of the change."""
        return int(self.id.rpartition(".")[2])

    @property
    def item(self) -> dict[str, Any]:
        """The change, unverified."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    def verify(self, secret: str) -> None:
        """Raise where the message is not signed by the key."""
        Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """What a test sees of it.

    :param url: where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.deliveries: list[Delivery] = []
        self.connections = 0
        self.status: Callable[[int], int] = lambda _number: 200  # of the request of that number, from 0
        self.location: str | None = None
        self.hold: threading.Event | None = None  # answers wait for it
        self._changed = threading.Condition()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Keep a request; returns the status to answer with."""
        with self._changed:
            status = self.status(len(self.deliveries))
            self.deliveries.append(Delivery(path, headers, body, status))
            self._changed.notify_all()
        if self.hold is not None:
            self.hold.wait(LONGEST_WAIT)
        return status

    def wait_for(self, count: int) -> list[Delivery]:
        """All requests, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.deliveries) >= count, LONGEST_WAIT), (
                count,
                self.deliveries,
            )
            return list(self.deliveries)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            receiver.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(self.path, headers, body)
            self.send_response(status)
            if receiver.location is not None:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    receiver = Receiver(f"{scheme}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
