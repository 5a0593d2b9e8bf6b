"""What answers as Keystone does, as far as signing in and checking tokens go; users are given by name."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PROJECT = {"id": "d3m0", "name": "demo", "domain": {"id": "default", "name": "Default"}}
_SERVICE = "barbican"


def token_of(user: str) -> str:
    """The token that a user gets; always the same."""
    return f"gAAAA-{user}-0123456789"


def section(url: str) -> str:
    """The configuration of who asks it."""
    return (
        f"[keystone_authtoken]\nauth_url = {url}\nwww_authenticate_uri = {url}\nusername = {_SERVICE}\n"
        f"password = {_SERVICE}\nproject_name = demo\n"
    )


@contextlib.contextmanager
def running(users: Mapping[str, str]) -> Iterator[str]:
    """It serves until the end of the block; its address.

    :param users: their passwords by their names.
    """
    passwords = {**users, _SERVICE: _SERVICE}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            if self.path.startswith("/v3/auth/tokens"):
                subject = self.headers.get("X-Subject-Token") or ""
                known = {token_of(name): name for name in passwords}
                self._answer(200, self._said(known[subject])) if subject in known else self._answer(404, {})
            else:
                self._answer(200, _versions(f"http://{self.headers['Host']}"))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            user = asked["auth"]["identity"]["password"]["user"]
            if passwords.get(user["name"]) == user["password"]:
                self._answer(201, self._said(user["name"]), token_of(user["name"]))
            else:
                self._answer(401, {"error": {"code": 401, "message": "no", "title": "Unauthorized"}})

        def _answer(self, status: int, body: dict[str, Any], token: str | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if token:
                self.send_header("X-Subject-Token", token)
            self.end_headers()
            self.wfile.write(content)

        def _said(self, name: str) -> dict[str, Any]:
            return _said(name, f"http://{self.headers['Host']}/v3")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v3"
        server.shutdown()


def _versions(base: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": f"{base}/v3/"}]
    return {"version": {"id": "v3.14", "status": "stable", "links": links, "media-types": []}}


def _said(name: str, url: str) -> dict[str, Any]:
    endpoints = [
        {"id": kind, "interface": kind, "url": url, "region": "here", "region_id": "here"}
        for kind in ("public", "internal", "admin")
    ]
    catalog = [{"id": "1", "type": "identity", "name": "keystone", "endpoints": endpoints}]
    user = {"id": f"id-of-{name}", "name": name, "domain": {"id": "default", "name": "Default"}}
    return {
        "token": {
            "methods": ["password"],
            "user": user,
            "project": _PROJECT,
            "roles": [{"id": "1", "name": "member"}],
            "catalog": catalog,
            "audit_ids": ["x"],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2099-01-01T00:00:00.000000Z",
        }
    }
