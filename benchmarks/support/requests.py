"""The requests that HTTP benchmarks repeat, against one server with something in it to read."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Final

from benchmarks.support import wrk

PROJECT: Final = "benchmark"
SECRET: Final = {
    "name": "benchmark",
    "algorithm": "aes",
    "bit_length": 256,
    "mode": "cbc",
    "payload": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
    "payload_content_type": "application/octet-stream",
    "payload_content_encoding": "base64",
}
NAMES: Final = ("GET payload", "GET metadata", "GET list of 10", "POST secret")


@dataclass(frozen=True, slots=True)
class Case:
    """One request to repeat."""

    path: str
    accept: str = "application/json"
    body: str | None = None

    def script(self) -> str:
        """What wrk runs to make the request."""
        lines = [
            f'wrk.headers["X-Project-Id"] = "{PROJECT}"',
            f'wrk.headers["Accept"] = "{self.accept}"',
        ]
        if self.body is not None:
            lines += [
                'wrk.method = "POST"',
                'wrk.headers["Content-Type"] = "application/json"',
                f"wrk.body = {json.dumps(self.body)}",
            ]
        return "\n".join(lines) + "\n"


class Server:
    """A running server, with a dozen secrets.

    :param base: its URL; it serves without authentication.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        references = [self._post() for _ in range(12)]
        path = "/v1/secrets/" + references[0].rpartition("/")[2]
        self._cases = {
            "GET payload": Case(f"{path}/payload", accept="application/octet-stream"),
            "GET metadata": Case(path),
            "GET list of 10": Case("/v1/secrets?limit=10"),
            "POST secret": Case("/v1/secrets", body=json.dumps(SECRET)),
        }

    def run(self, name: str, *, seconds: int, connections: int) -> wrk.Figure:
        """Repeat one of :data:`NAMES`."""
        case = self._cases[name]
        return wrk.run(self._base + case.path, case.script(), seconds=seconds, connections=connections)

    def _post(self) -> str:
        request = urllib.request.Request(  # noqa: S310  the operator names the address
            f"{self._base}/v1/secrets",
            json.dumps(SECRET).encode(),
            {"Content-Type": "application/json", "X-Project-Id": PROJECT},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            reference: str = json.load(answer)["secret_ref"]
        return reference
