"""From an RSGI request to the environment of a WSGI application (PEP 3333)."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Any, Final, Protocol

_KEYS: dict[str, str | None] = {
    "content-type": "CONTENT_TYPE",
    # The edge has read the body and knows its length.
    "content-length": None,
    "transfer-encoding": None,
}
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_MOST_KEYS: Final = 512
"""Names that are remembered; callers choose them."""


class Headers(Protocol):
    """The headers of an RSGI request; of a value that is not ASCII the name alone is told."""

    def keys(self) -> list[str]:
        """Each name once, lower case."""

    def items(self) -> list[tuple[str, str]]:
        """Every header whose value is ASCII."""

    def get(self, key: str) -> str | None:
        """The first value of a header."""


class Scope(Protocol):
    """An RSGI request without its body."""

    method: str
    path: str  # percent-decoded
    query_string: str
    http_version: str
    scheme: str
    client: str  # address:port
    server: str  # address:port

    @property
    def headers(self) -> Headers:
        """Its headers."""


def build(scope: Scope, headers: Sequence[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """The environment of a request whose body is whole.

    A header whose name has an underscore is left out: it would stand for the one with hyphens.
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version == "1" else f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = _KEYS[name] if name in _KEYS else _key(name)
        if key is None:
            continue
        known = environ.get(key)
        if known is None:
            environ[key] = value
        else:
            environ[key] = f"{known}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    if body or scope.method not in _WITHOUT_BODY:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def unreadable(headers: Headers, readable: Sequence[tuple[str, str]]) -> str | None:
    """A header that may say who calls, X-*, and has no value that can be read; None where there is none."""
    told = headers.keys()
    if len(told) <= len(readable):
        return None
    lost = set(told).difference(name for name, _ in readable)
    return next((name for name in sorted(lost) if name.startswith("x-")), None)


def _key(name: str) -> str | None:
    """Where a header stands in the environment; None for one that may not be there."""
    key = None if "_" in name else "HTTP_" + name.upper().replace("-", "_")
    if len(_KEYS) < _MOST_KEYS:
        _KEYS[name] = key
    return key
