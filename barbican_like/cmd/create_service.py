"""create_service: makes task services, each with code, a test, and its place in a context file."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.files.plan import (
    DEFAULT_CONTEXT_ID,
    LOOPED,
    SINGLE,
    TRIGGERS,
    Plan,
    ServicePlan,
    fault_of_description,
    fault_of_path,
    read_plan,
)
from barbican_like.contexts.generator.make import make

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9_.\-]+|\[[0-9a-fA-F:]+\]")
_LAST_PORT: Final = 65535
_REQUIRED: Final = (
    *("service_path", "task_service", "task_class", "task_desc", "context_name", "service_name"),
    *("server_ip", "sub_port", "pub_port", "task_id", "device_action"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what was asked for; exit codes: 0 done, 1 refused, 2 usage."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    said = {name: value for name, value in given.items() if value is not None}
    file = said.pop("xml_file", None)
    if file is not None and said:
        parser.error(f"--xml_file says all: leave out --{next(iter(said))}")
    missing = [f"--{name}" for name in _REQUIRED if name not in said]
    if file is None and missing:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    try:
        plan = _plan(said) if file is None else read_plan(file)
        print("\n".join(make(plan)))
    except ConfigurationError as error:
        print(f"create_service: {error.message}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="create_service", description=__doc__, allow_abbrev=False, argument_default=None
    )
    add = parser.add_argument
    add(
        "--xml_file", type=Path, metavar="FILE", help="a MetaServiceConf that says all; takes no other option"
    )
    add(
        "--service_path",
        type=_folder,
        metavar="FOLDER",
        help="absolute; all is made in it",
    )
    add("--task_service", type=_like(_IDENTIFIER), metavar="NAME", help="the service: its folder and file")
    add("--task_class", type=_like(_IDENTIFIER), metavar="NAME", help="the class of its task")
    add("--task_desc", type=_description, metavar="TEXT", help="what it does, for people")
    add("--context_name", type=_like(_NAME), metavar="NAME", help="of the file Conf/Context-NAME.xml")
    add("--service_name", type=_like(_NAME), metavar="NAME", help="in its messages; services may share one")
    add("--server_ip", type=_like(_ADDRESS), metavar="ADDRESS", help="of both endpoints")
    add("--sub_port", type=_port, metavar="PORT", help="where subscribers connect")
    add("--pub_port", type=_port, metavar="PORT", help="where publishers connect")
    add("--task_id", type=_like(_NAME), metavar="ID", help="unique in the context")
    add("--device_action", type=_like(_NAME), metavar="WORD", help="tells its messages from those of others")
    add("--entry_action", choices=TRIGGERS, help="on_start: a start of all starts it (on_start)")
    add("--task_type", choices=(LOOPED, SINGLE), help=f"called again and again, or once ({LOOPED})")
    add("--context_id", type=_like(_NAME), metavar="ID", help=f"of the context ({DEFAULT_CONTEXT_ID})")
    return parser


def _plan(said: dict[str, Any]) -> Plan:
    service = ServicePlan(
        task_service=said["task_service"],
        task_class=said["task_class"],
        description=said["task_desc"],
        service_name=said["service_name"],
        task_id=said["task_id"],
        device_action=said["device_action"],
        entry_action=said.get("entry_action", TRIGGERS[0]),
        task_type=said.get("task_type", LOOPED),
    )
    return Plan(
        service_path=said["service_path"],
        context_name=said["context_name"],
        context_id=said.get("context_id", DEFAULT_CONTEXT_ID),
        server_ip=said["server_ip"],
        sub_port=said["sub_port"],
        pub_port=said["pub_port"],
        services=(service,),
    )


def _folder(text: str) -> Path:
    fault = fault_of_path(text)
    if fault is None and not Path(text).is_dir():
        fault = f"{text!r} is not a folder"
    if fault is not None:
        raise argparse.ArgumentTypeError(fault)
    return Path(text)


def _description(text: str) -> str:
    fault = fault_of_description(text)
    if fault is not None:
        raise argparse.ArgumentTypeError(fault)
    return text


def _like(pattern: re.Pattern[str]) -> Any:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form {pattern.pattern}")
        return text

    return check


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to {_LAST_PORT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
