"""A web server in the tests' own process that does what a test tells it."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer


class Handler(BaseHTTPRequestHandler):
    """Asks the script of its server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        script.asked.append((self.command, self.path, dict(self.headers)))
        script.answer(self)

    do_HEAD = do_PROPFIND = do_PUT = do_GET  # noqa: N815  the library's names

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Be quiet."""


class QuickServer(ThreadingHTTPServer):
    """Does not ask for its own name, which takes long where no resolver answers."""

    daemon_threads = True

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class QuietFiles(SimpleHTTPRequestHandler):
    """A folder with pages that list it, as Python serves one."""

    def log_message(self, *_words: object) -> None:
        """Be quiet."""


@contextlib.contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """The URL of a server of a folder's files."""
    with (
        QuickServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder))) as server,
        _at_work(server),
    ):
        yield f"http://127.0.0.1:{server.server_port}"


@contextlib.contextmanager
def _at_work(server: QuickServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@dataclass
class Script:
    """What a server does, and what it was asked."""

    answer: Callable[[Handler], None]
    url: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextlib.contextmanager
def serving(answer: Callable[[Handler], None], tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """A server until the end of the block.

    :param tls: what it shows; None: it speaks in clear.
    """
    script = Script(answer)
    with QuickServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            # A handshake is the handler's: one that fails must not hold the next connection.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        with _at_work(server):
            server.script = script  # type: ignore[attr-defined]
            script.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
            yield script
