"""display: prints the messages of a context's bus."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from barbican_like.cmd.conf_command import NOBODY, REFUSED
from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.endpoints import host_and_port
from barbican_like.contexts.gaps import Gaps
from barbican_like.contexts.sockets import Subscriber

_LINE: Final = "=" * 80
_CONNECT_SECONDS: Final = 5.0
_SHOWN: Final = ("service_id", "state", "pid")
"""What is shown of a task in a context_info, without ``-v``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print until a signal; exit codes: 0, 1 refused, 2 usage, 3 nobody answers."""
    parser = argparse.ArgumentParser(prog="display", description=__doc__, allow_abbrev=False)
    parser.add_argument("--endpoint", required=True, metavar="tcp://IP:SUB_PORT", help="of the subscribers")
    parser.add_argument("--keys", type=Path, default=Path("Keys"), metavar="FOLDER", help="CURVE keys (Keys)")
    parser.add_argument("-v", "--verbose", action="store_true", help="all of a context_info")
    given = parser.parse_args(arguments)
    try:
        _require_somebody(given.endpoint)
    except ValueError:
        parser.error(f"argument --endpoint: {given.endpoint!r} is no endpoint tcp://ip:sub_port")
    except OSError as error:
        print(f"display: nobody answers at {given.endpoint}: {error}", file=sys.stderr)
        return NOBODY
    try:
        subscriber = Subscriber(given.endpoint, given.keys)
    except ConfigurationError as error:
        print(f"display: {error.message}", file=sys.stderr)
        return REFUSED
    with suppress(KeyboardInterrupt, BrokenPipeError), closing(subscriber):
        _print_all(subscriber, is_verbose=given.verbose)
    return 0


def _print_all(subscriber: Subscriber, *, is_verbose: bool) -> None:
    gaps = Gaps()
    while True:
        found = subscriber.receive()
        if found is not None:
            topic, message = found
            for line in _lines(topic, message, gaps.lost_before(topic, message), is_verbose=is_verbose):
                print(line)
            sys.stdout.flush()


def _lines(topic: str, message: Mapping[str, Any], lost: int, *, is_verbose: bool) -> Iterator[str]:
    yield _LINE
    if lost:
        yield f"{lost} messages on [{topic}] were lost before this one"
    yield f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} [{topic}]:"
    yield json.dumps(message if is_verbose else _shortened(message), indent=2, ensure_ascii=False)


def _shortened(message: Mapping[str, Any]) -> Mapping[str, Any]:
    header, content = message.get("header"), message.get("content")
    if not isinstance(header, dict) or not isinstance(content, dict):
        return message
    if header.get("action") != "context_info":
        return message
    tasks = [{name: task.get(name) for name in _SHOWN} for task in content.get("tasks", ())]
    return {"header": header, "content": {"contextId": content.get("contextId"), "tasks": tasks}}


def _require_somebody(endpoint: str) -> None:
    """Do nothing when somebody listens.

    :raises OSError: when nobody does.
    :raises ValueError: for what is no endpoint.
    """
    host, port = host_and_port(endpoint)
    if port is None:
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(_CONNECT_SECONDS)
            end.connect(host)
        return
    with socket.create_connection((host.strip("[]"), port), _CONNECT_SECONDS):
        return


if __name__ == "__main__":
    sys.exit(main())
