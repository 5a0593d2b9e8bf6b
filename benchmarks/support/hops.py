"""Counts the frames between what comes in and what it is for, in the tree that this is run for.

It is run by itself, with the tree's folder as its argument and on the path. It starts the application and a
worker of that tree in this process, stores a secret, reads its metadata and orders a key. It prints as JSON
how many frames of the package are on the stack at the read's first statement and at the sealing of the key.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any
from wsgiref.util import setup_testing_defaults

LONGEST = 30.0  # seconds until the order counts as lost


class Probe:
    """Notes the depth of the stack when a function is called.

    :param package: only frames of files below it count.
    """

    def __init__(self, package: Path) -> None:
        self._package = str(package)
        self._awaited: tuple[str, str] | None = None
        self._depth = 0
        self._seen = threading.Event()

    def begin(self, file: str, function: str) -> None:
        """Wait for the next call of a function.

        :param file: the end of its file's path.
        """
        self._seen.clear()
        self._awaited = (file, function)

    def depth(self) -> int:
        """How many frames of the package led to the call."""
        if not self._seen.wait(LONGEST):
            sys.exit(f"{self._awaited} was not called")
        return self._depth

    def profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        """What the interpreter calls for every call, in every thread."""
        code = frame.f_code
        awaited = self._awaited
        if event != "call" or awaited is None or code.co_name != awaited[1]:
            return
        if code.co_filename.endswith(awaited[0]):
            self._awaited = None
            self._depth = self._count(frame)
            self._seen.set()

    def _count(self, frame: FrameType | None) -> int:
        depth = 0
        while frame is not None:
            depth += frame.f_code.co_filename.startswith(self._package)
            frame = frame.f_back
        return depth


def main() -> None:
    """Count and print."""
    tree = Path(sys.argv[1]).resolve()
    # Each tree has its own way to start all this, and its tests know it.
    from tests.support.application import prepare, running  # noqa: PLC0415

    probe = Probe(tree / "barbican_like")
    threading.setprofile(probe.profile)
    with tempfile.TemporaryDirectory() as folder, running(prepare(Path(folder))) as instance:
        sys.setprofile(probe.profile)
        secret = {"name": "hops", "payload": "hops", "payload_content_type": "text/plain"}
        reference = call(instance.application, "POST", "/v1/secrets", secret)["secret_ref"]
        probe.begin("sqlalchemy/engine/default.py", "do_execute")
        call(instance.application, "GET", "/v1/secrets/" + reference.rpartition("/")[2])
        to_sql = probe.depth()
        probe.begin("plugin/crypto/envelope.py", "seal")
        order = {"type": "key", "meta": {"name": "hops", "algorithm": "aes", "bit_length": 256}}
        call(instance.application, "POST", "/v1/orders", order)
        print(json.dumps({"http_to_sql": to_sql, "rpc_to_seal": probe.depth()}))
        sys.setprofile(None)


def call(application: Any, method: str, path: str, body: object = None) -> Any:
    """One request to a WSGI application; what it answered."""
    sent = b"" if body is None else json.dumps(body).encode()
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO(sent)}
    environ |= {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "HTTP_X_PROJECT_ID": "hops",
    }
    setup_testing_defaults(environ)
    status = ""

    def start_response(line: str, _headers: Any, _error: Any = None) -> None:
        nonlocal status
        status = line

    answer = b"".join(application(environ, start_response))
    if not status.startswith("2"):
        sys.exit(f"{method} {path}: {status} {answer!r}")
    return json.loads(answer)


main()
