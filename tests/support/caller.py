"""A client of the WSGI application in this process: polite through WebTest, or raw, byte by byte."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
import webtest

ABSENT: Any = object()


class Caller:
    """Calls as one project; every answer is returned, whatever its status.

    :param project_id: sent as X-Project-Id.
    :param headers: sent with every request, an underscore in a name standing for a hyphen.
    """

    def __init__(
        self, application: Callable[..., Any], project_id: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.application = application
        self.project_id = project_id
        self._headers = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        self._app = webtest.TestApp(application)  # its lint checks every answer against PEP 3333

    def call(
        self,
        method: str,
        path: str,
        *,
        json: object = ABSENT,
        body: bytes = b"",
        content_type: str | None = None,
        version: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> webtest.TestResponse:
        """One request.

        :param version: the microversion to ask for, such as ``1.1``.
        """
        sent = {"X-Project-Id": self.project_id, **self._headers}
        if json is not ABSENT:
            body, content_type = orjson.dumps(json), content_type or "application/json"
        optional = {
            "Content-Type": content_type,
            "Accept": accept,
            "OpenStack-API-Version": None if version is None else f"key-manager {version}",
        }
        sent |= {name: value for name, value in optional.items() if value is not None}
        return self._app.request(
            path, method=method, body=body, headers=sent | dict(headers or {}), expect_errors=True
        )

    def get(self, path: str, **wanted: Any) -> webtest.TestResponse:
        """GET."""
        return self.call("GET", path, **wanted)

    def post(self, path: str, json: object = ABSENT, **wanted: Any) -> webtest.TestResponse:
        """POST."""
        return self.call("POST", path, json=json, **wanted)

    def put(self, path: str, body: bytes, content_type: str, **wanted: Any) -> webtest.TestResponse:
        """PUT."""
        return self.call("PUT", path, body=body, content_type=content_type, **wanted)

    def delete(self, path: str, **wanted: Any) -> webtest.TestResponse:
        """DELETE."""
        return self.call("DELETE", path, **wanted)

    def new_secret(self, **fields: object) -> str:
        """POST a secret and return its path."""
        answer = self.post("/v1/secrets", fields)
        assert answer.status_int == 201, answer
        return path_of(answer.json["secret_ref"])

    def new_order(self, kind: str = "key", **meta: object) -> str:
        """POST an order, by default for an AES-256 key, and return its path."""
        answer = self.post(
            "/v1/orders", {"type": kind, "meta": {"algorithm": "aes", "bit_length": 256} | meta}
        )
        assert answer.status_int == 202, answer
        return path_of(answer.json["order_ref"])


def path_of(reference: str) -> str:
    """The path of a reference: ``/v1/...``."""
    return reference[reference.index("/v1/") :]


def id_of(reference: str) -> str:
    """The id that a reference or a path ends with."""
    return reference.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True)
class Answer:
    """What the application said to a raw request."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A request as a WSGI server hands it on, with nothing put right."""

    method: str
    path: str  # PATH_INFO: percent-decoded bytes as Latin-1
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    length: str | None = ABSENT  # Content-Length; the true one if not given, none if None
    address: str = ""  # where it comes from; by default the usual one
    usual_address: ClassVar[str] = "127.0.0.1"
    ended: bool = True  # whether the server marks the body's end (wsgi.input_terminated)

    def environ(self) -> dict[str, Any]:
        """The environment of PEP 3333."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "REMOTE_ADDR": self.address or self.usual_address,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "9311",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:9311",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.input_terminated": self.ended,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in (self.headers or {}).items():
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        length = str(len(self.body)) if self.length is ABSENT else self.length
        if length is not None:
            environ["CONTENT_LENGTH"] = length
        return environ

    def send(self, application: Callable[..., Iterable[bytes]]) -> Answer:
        """Call the application once."""
        begun: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            begun.update(status=int(status[:3]), headers={n.lower(): v for n, v in headers})

        body = b"".join(application(self.environ(), start_response))
        return Answer(begun["status"], begun["headers"], body)
