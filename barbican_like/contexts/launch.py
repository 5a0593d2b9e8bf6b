"""What a supervisor is started with: a context and the commands of its services, in one private JSON file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from barbican_like.contexts.definition import Context, context_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a process of a service is started."""

    words: tuple[str, ...]  # the first one is an absolute path
    environment: Mapping[str, str]  # beside what the supervisor adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Everything that a supervisor needs to know. Paths are absolute."""

    context: Context  # counted
    commands: Mapping[str, Command]  # by the id of the service; a thread has none
    bus: Command | None = None  # forwards announcements, where there is one
    host: Command | None = None  # the process of thread services, where there are any
    folder: str  # where processes run
    logs: str  # the folder of the log files
    log_name: str = "{transaction}-{id}.log"
    log: str  # the supervisor's own log file
    socket: str  # where commands are taken
    wishes: str  # the file of wishes
    outbox: str  # the folder of transitions
    hold: str  # the file whose lock makes this the only provider
    pid_file: str | None = None
    mark: tuple[str, str]  # the environment variable by which processes are known as this context's
    inherits: bool = False  # whether processes get the supervisor's own environment too
    transaction: str | None = None  # started at once, whole, whatever was wished before; else as was wished

    def write(self, path: Path) -> None:
        """Write the file, mode 0600."""
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        new.replace(path)


def launch_file_of(file: Path) -> Path:
    """Where the provider of a context file keeps what it was started with."""
    return file.with_name(f".Context-{file.stem.removeprefix('Context-')}.launch.json")


def read_launch(path: Path) -> Launch:
    """What :meth:`Launch.write` has written."""
    value = json.loads(path.read_text("utf-8"))
    commands = {id: _command(command) for id, command in value["commands"].items()}
    bus, host = (value[name] and _command(value[name]) for name in ("bus", "host"))
    made = {"commands": commands, "bus": bus, "host": host, "mark": tuple(value["mark"])}
    return Launch(**{**value, **made, "context": context_from_json(value["context"])})


def _command(value: Mapping[str, object]) -> Command:
    words, environment = value["words"], value["environment"]
    if not isinstance(words, list) or not isinstance(environment, dict):
        raise TypeError("a command is a list of words and an environment")
    return Command(words=tuple(words), environment=environment)
