"""Who calls the gateway: the API's own pipelines say so, which are WSGI, on a few threads.

The handshake's headers go through the filters that the paste file names. At their end stands an application
that hands back whom they have found, in place of what the API would serve.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from barbican_like.http.context import ENVIRON_KEY, RequestContext

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_FOUND: Final = "barbican.live.found"
_CREDENTIALS: Final = ("Authorization", "X-Auth-Token", "X-Project-Id")
_NOT_PASSED_ON: Final = frozenset({"content-length", "content-type", "transfer-encoding", "connection"})


def whoami(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The application at the end of the pipelines."""
    environ[_FOUND].append(environ.get(ENVIRON_KEY))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and the headers that the filters add to an answer."""

    caller: RequestContext
    headers: tuple[tuple[str, str], ...]


def brings_credentials(request: web.BaseRequest) -> bool:
    """Whether a request says in any way who calls."""
    return any(name in request.headers for name in _CREDENTIALS)


class Callers:
    """Asks the pipelines.

    :param pipelines: the whole WSGI application, whose ends are :func:`whoami`.
    :param door: what every request passes first, with :func:`whoami` behind it; it never waits.
    :param threads: how many may ask at once.
    """

    def __init__(self, pipelines: WsgiApp, door: WsgiApp, threads: int = 4) -> None:
        self._pipelines, self._door = pipelines, door
        self._pool = ThreadPoolExecutor(threads, "who-calls")

    def close(self) -> None:
        """Take nothing new."""
        self._pool.shutdown(wait=False)

    async def of(self, request: web.BaseRequest) -> Known | web.Response:
        """Who calls, or the answer of the filter that has refused him or answered by itself."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _ask, self._pipelines, _environ(request))

    def refusal_of(self, request: web.BaseRequest) -> web.Response | None:
        """The answer to a request that says nothing of who calls, if it may not even do that."""
        found = _ask(self._door, _environ(request))
        return None if isinstance(found, Known) else found


def _ask(application: WsgiApp, environ: dict[str, Any]) -> Known | web.Response:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        said.append((status, headers))

    answer = application(environ, start_response)
    try:
        body = b"".join(answer)
    finally:
        close: Callable[[], None] | None = getattr(answer, "close", None)
        if close is not None:
            close()
    status, headers = said[-1]
    if environ[_FOUND]:
        kept = [(name, value) for name, value in headers if name.lower() not in _NOT_PASSED_ON]
        return Known(environ[_FOUND][0], tuple(kept))
    response = web.Response(status=int(status.split()[0]), body=body)
    for name, value in headers:
        if name.lower() == "content-type":
            response.headers["Content-Type"] = value
        elif name.lower() not in _NOT_PASSED_ON:
            response.headers.add(name, value)
    return response


def _environ(request: web.BaseRequest) -> dict[str, Any]:
    """A request as PEP 3333 has it; a header with an underscore in its name is none."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": request.url.host or "localhost",
        "SERVER_PORT": str(request.url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.remote or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        _FOUND: [],
    }
    for name, value in request.headers.items():
        if "_" not in name and name.lower() not in {"content-length", "content-type"}:
            key = "HTTP_" + name.upper().replace("-", "_")
            text = value.encode("utf-8", "surrogateescape").decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
