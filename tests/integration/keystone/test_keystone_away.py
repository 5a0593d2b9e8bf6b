"""While Keystone cannot be asked, callers hear that it is not their fault."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.integration.keystone.conftest import Behind
from tests.support.application import Instance

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]


def unavailable(application: Instance, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is a 503 with a clear body, and the log has no traceback."""
    answer = application.caller("x", X_Auth_Token="gAAAAA").get("/v1/secrets")
    assert answer.status_int == 503
    assert answer.json["code"] == 503
    assert answer.json["title"] == "Service Unavailable"
    assert "Keystone" in answer.json["description"]
    assert answer.json["error"]["message"] == answer.json["description"]
    assert int(answer.headers["Retry-After"]) > 0
    assert "keystone.unavailable" in caplog.text
    assert "Traceback" not in caplog.text


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that says one thing only; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  the name is http.server's

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v3"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_keystone_that_is_not_there(behind: Behind, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and no listen(): connections are refused
        unavailable(behind(auth_url=f"http://127.0.0.1:{closed.getsockname()[1]}/v3"), caplog)


def test_a_keystone_that_hangs(behind: Behind, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v3"
        unavailable(behind(auth_url=url, http_connect_timeout=1), caplog)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (503, b""), (200, b"not JSON"), (200, b"{}"), (200, b"[]"), (300, b"null")],
    ids=["500", "503", "text", "empty-object", "list", "null"],
)
def test_a_keystone_that_is_none(
    behind: Behind, caplog: pytest.LogCaptureFixture, status: int, body: bytes
) -> None:
    with answering(status, body) as url:
        unavailable(behind(auth_url=url), caplog)


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"project_name": "nowhere"}, {"username": "nobody"}]
)
def test_a_service_user_whom_keystone_refuses(
    behind: Behind, caplog: pytest.LogCaptureFixture, wrong: dict[str, str]
) -> None:
    unavailable(behind(**wrong), caplog)
    assert "orange" not in caplog.text


def test_without_a_token_nobody_asks(behind: Behind) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        application = behind(auth_url=f"http://127.0.0.1:{closed.getsockname()[1]}/v3")
        assert application.caller("x").get("/v1/secrets").status_int == 401
