"""A process as the supervisor starts it, with the test in the supervisor's place."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from barbican_like.contexts.channel import LARGEST, VARIABLE, encode
from barbican_like.contexts.definition import ServiceType, TaskService
from barbican_like.contexts.files.plan import LOOPED, Plan, ServicePlan
from barbican_like.contexts.generator.make import make

SECONDS: Final = 20.0
TRANSACTION: Final = "6FDAHH3WPRVV7FGZCRIN"


class Talk:
    """The supervisor's end of a channel."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        end.settimeout(SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end.close()

    def say(self, word: str, *, descriptor: int | None = None, **fields: object) -> None:
        """Send a message, with a descriptor or without."""
        passed = [] if descriptor is None else [descriptor]
        socket.send_fds(self.end, [encode(word, **fields)], passed)

    def hear(self, *, beats: bool = False) -> dict[str, Any] | None:
        """The next message; None at the end."""
        while data := self.end.recv(LARGEST):
            message: dict[str, Any] = json.loads(data)
            if beats or message["word"] != "beat":
                return message
        return None


class Supervised(Talk):
    """A process with its channel, in a session of its own."""

    def __init__(self, words: list[str], output: Path, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", *words],
                env={"PATH": os.environ["PATH"], VARIABLE: str(theirs.fileno()), **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        theirs.close()
        super().__init__(ours)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(SECONDS)

    def text(self) -> str:
        """What it has printed."""
        return self.output.read_text()


@contextmanager
def supervised(words: list[str], output: Path, **environment: str) -> Iterator[Supervised]:
    """Run a process until the block ends."""
    started = Supervised(words, output, environment)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait(SECONDS)
        started.end.close()


def echo_plan(folder: Path, task_type: str = LOOPED, ports: tuple[int, int] = (5556, 5557)) -> Plan:
    """A context with the document's echo."""
    service = ServicePlan(
        task_service="Echo",
        task_class="Shouting",
        description="Shouts",
        service_name="echo",
        task_id="ts_100",
        device_action="shout",
        task_type=task_type,
    )
    return Plan(
        service_path=folder,
        context_name="Echo",
        context_id="context001",
        server_ip="127.0.0.1",
        sub_port=ports[0],
        pub_port=ports[1],
        services=(service,),
    )


def echo(folder: Path, code: str | None = None, task_type: str = LOOPED) -> Path:
    """Make a service ``Echo`` with the generator.

    :param code: what its task's file is to hold instead.
    :return: the context file.
    """
    folder.mkdir(exist_ok=True)
    plan = echo_plan(folder, task_type)
    make(plan)
    if code is not None:
        (folder / "Services/Echo/Echo.py").write_text(code)
    return plan.context_file


def definition(service_type: ServiceType = ServiceType.PROCESS, **configuration: str) -> TaskService:
    """The service as the supervisor knows it."""
    said = {"device_action": "shout", **configuration}
    return TaskService(
        id="ts_100",
        instance="Echo",
        name="echo",
        configuration=said,
        stop_seconds=2.0,
        service_type=service_type,
    )


def hello(service: TaskService) -> dict[str, Any]:
    """What the supervisor says first."""
    return {"service": asdict(service), "transaction": TRANSACTION, "context_id": "context001", "life": 1}


@contextmanager
def hosted(
    file: Path, service: TaskService, *, endpoints: tuple[str, str] = ("ipc://none.sub", "ipc://none.pub")
) -> Iterator[Supervised]:
    """A service in its process, greeted."""
    words = ["barbican_like.contexts.host", str(file), *endpoints]
    with supervised(words, file.parent / "output") as started:
        started.say("hello", **hello(service))
        yield started


def passed_channel(host: Talk, greeting: Mapping[str, Any]) -> Talk:
    """Start a service in a thread of a host, with a channel of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    host.say("start", descriptor=theirs.fileno(), **greeting)
    theirs.close()
    return Talk(ours)


def wait_until(claim: Callable[[], bool], what: str) -> None:
    """Return as soon as a claim holds; it is asked again and again."""

    deadline = time.monotonic() + SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"not within {SECONDS} s: {what}"


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
