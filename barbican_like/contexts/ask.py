"""The caller's side of the command socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

CONNECT_SECONDS: Final = 5.0
_GRACE: Final = 5.0  # seconds that an acknowledgement may take beyond the command's own time


class NobodyAnswers(Exception):
    """No supervisor takes commands there, or it has ended before it acknowledged this one."""


class NotAllowed(Exception):
    """The socket is another user's."""


def ask(path: Path, command: Mapping[str, Any]) -> dict[str, Any]:
    """Send one command and wait for its acknowledgement (see :mod:`barbican_like.contexts.commands`).

    :raises NobodyAnswers: within five seconds when there is nobody, later when the supervisor goes away.
    :raises NotAllowed: for another user's socket.
    """
    seconds = float(command.get("timeout", 30.0))
    with socket.socket(socket.AF_UNIX) as end:
        try:
            end.settimeout(CONNECT_SECONDS)
            end.connect(str(path))
            end.sendall(json.dumps(command).encode() + b"\n")
            end.settimeout(seconds + _GRACE)
            with end.makefile("rb") as lines:
                line = lines.readline()
        except PermissionError as error:
            raise NotAllowed(str(path)) from error
        except OSError as error:
            raise NobodyAnswers(str(path)) from error
    if not line.endswith(b"\n"):
        raise NobodyAnswers(str(path))
    return dict(json.loads(line))
