"""conf_command: sends a command to the provider of a context, and waits until it is done."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.ask import CONNECT_SECONDS, NobodyAnswers, NotAllowed, ask
from barbican_like.contexts.endpoints import command_socket

_ACTIONS: Final = ("start", "stop", "restart", "exit", "request", "top")
_LISTS: Final = ("open_connections", "opened_files", "memory_maps")
_LOOK_AGAIN: Final = 0.05
REFUSED: Final = 1
USAGE: Final = 2
NOBODY: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Send one command; exit codes: 0 done, 1 refused or failed, 2 usage, 3 nobody answers."""
    given = _parser().parse_args(arguments)
    command = _command(given)
    try:
        if given.context_file is not None and not given.context_file.is_file():
            raise ConfigurationError(f"{given.context_file}: there is no such file")
        path = command_socket(given.endpoint)
        print(f"+ Connecting endpoint [{given.endpoint}] in topic [{given.service_name}]")
        _wait_for_somebody(path)
        print(f"+ Sending message of [{len(json.dumps(command))}] bytes", flush=True)
        acknowledgement = ask(path, command)
    except ConfigurationError as error:
        return _complain(error.message, REFUSED)
    except NotAllowed:
        return _complain("this provider belongs to another user", REFUSED)
    except NobodyAnswers:
        return _complain(f"nobody answers for {given.endpoint}", NOBODY)
    print(json.dumps(acknowledgement, ensure_ascii=False))
    if acknowledgement["header"]["result"] == "success":
        return 0
    content = acknowledgement["content"]
    return _complain(content["error"], USAGE if content.get("kind") == "usage" else REFUSED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conf_command", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add(
        "--endpoint",
        type=_endpoint,
        required=True,
        metavar="tcp://IP:PUB_PORT",
        help="of the context's publishers",
    )
    add(
        "--context_file", type=Path, metavar="FILE", help="for people: the provider's own file is what counts"
    )
    add("--service_name", choices=("context", "state"), default="context", help="the topic (context)")
    add("--service_id", default="", metavar="CONTEXTID", help="refused when the provider's is another")
    add(
        "--transaction",
        default="",
        metavar="T",
        help="20 characters A-Z and 0-9; a start without one makes one",
    )
    add("--action", choices=_ACTIONS, required=True)
    add("--task_id", default="all", metavar="ID", help="of one task service (all)")
    add("--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="to wait until it is done (30)")
    add("--no_wait", action="store_true", help="be content when the command is accepted")
    add("--use_file", action="store_true", help="accepted; has no meaning any more")
    for name in _LISTS:
        add(f"--{name}", action="append_const", dest="lists", const=name, help="of top: list them")
    return parser


def _command(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "action": given.action,
        "service_name": given.service_name,
        "service_id": given.service_id,
        "transaction": given.transaction,
        "task_id": given.task_id,
        "timeout": given.timeout,
        "wait": not given.no_wait,
        "with": given.lists or [],
    }


def _wait_for_somebody(path: Path) -> None:
    """Give a provider that is only about to start the time for it.

    :raises NobodyAnswers: when there is none within five seconds.
    :raises NotAllowed: when the socket is another user's.
    """
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as end:
                end.settimeout(CONNECT_SECONDS)
                end.connect(str(path))
                return
        except PermissionError as error:
            raise NotAllowed(str(path)) from error
        except OSError as error:
            if time.monotonic() > deadline:
                raise NobodyAnswers(str(path)) from error
        time.sleep(_LOOK_AGAIN)


def _endpoint(text: str) -> str:
    host, _, port = text.removeprefix("tcp://").rpartition(":")
    if not text.startswith("tcp://") or not host or not (port.isascii() and port.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no endpoint tcp://ip:pub_port")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:  # noqa: PLR2004 - a day
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give seconds, at most a day")
    return seconds


def _complain(reason: str, code: int) -> int:
    print(f"conf_command: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
