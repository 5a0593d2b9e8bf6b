"""How others read the monitor: a unix socket, one JSON line with a question, one with the answer.

``{"ask": "history", "transaction": T, "since": SECONDS}`` gives ``{"services": {ID: [POINT]}}``;
``{"ask": "metrics"}`` gives ``{"text": ...}`` for Prometheus. Only the same user and root may ask.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from barbican_like.contexts.monitor.metrics import exposition
from barbican_like.contexts.monitor.statistics import Statistics

_LONGEST: Final = 4096  # bytes of a question
_SECONDS: Final = 2.0  # for it to come in, and for the answer to be taken
_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid: SO_PEERCRED, unix(7)


def socket_beside(command_socket: Path) -> Path:
    """Where the monitor answers, of the context whose commands are taken at a socket."""
    return command_socket.with_suffix(".monitor.sock")


def answer(context: str, statistics: Statistics, question: Any) -> Mapping[str, Any]:
    """The answer to one question."""
    match question:
        case {"ask": "metrics"}:
            return {"text": exposition(context, statistics.snapshot())}
        case {"ask": "history", "transaction": str(transaction), "since": int(since) | float(since)}:
            return {"services": statistics.history(transaction, since)}
    return {"error": "this is no question"}


def serve(path: Path, context: str, statistics: Statistics) -> Callable[[], None]:
    """Answer on a thread, one question after the other.

    :return: what ends it.
    :raises OSError: when the path cannot be bound.
    """

    class Handler(socketserver.StreamRequestHandler):
        timeout = _SECONDS

        def handle(self) -> None:
            try:
                question = json.loads(self.rfile.readline(_LONGEST))
                self.wfile.write(json.dumps(answer(context, statistics, question)).encode() + b"\n")
            except (OSError, ValueError, RecursionError):
                return  # no question, or nobody who waits for the answer

    path.unlink(missing_ok=True)
    server = _Server(str(path), Handler)
    path.chmod(0o600)
    thread = threading.Thread(target=server.serve_forever, name="answers", daemon=True)
    thread.start()

    def end() -> None:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)

    return end


def ask(path: Path, question: Mapping[str, Any], seconds: float = 5.0) -> dict[str, Any]:
    """Ask the monitor of a context.

    :param path: its socket.
    :raises OSError: when nobody answers.
    :raises ValueError: when the answer is none.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(seconds)
        caller.connect(str(path))
        caller.sendall(json.dumps(question).encode() + b"\n")
        with caller.makefile("rb") as answers:
            found = json.loads(answers.readline())
    if not isinstance(found, dict):
        raise ValueError("no answer of a monitor")  # noqa: TRY004 - its type is not the caller's fault
    return found


class _Server(socketserver.UnixStreamServer):
    request_queue_size = 64

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether a caller is the same user, or root."""
        credentials = request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return _CREDENTIALS.unpack(credentials)[1] in {0, os.geteuid()}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whatever a caller does, the next one is served."""
