"""The four commands of contexts, run as people run them, and a provider in the background."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from barbican_like.contexts.messages import Sender, frames, message
from barbican_like.contexts.sockets import Publisher, Subscriber
from tests.support.contexts.supervised import SECONDS, TRANSACTION, wait_until

_PROGRAMS: Final = Path(sys.executable).parent
_PROBE: Final = Sender(service_name="probe", service_id="probe", transaction=TRANSACTION, life="probe.1")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def acknowledgement(self) -> dict[str, Any]:
        """The last line of conf_command."""
        return dict(json.loads(self.out.splitlines()[-1]))

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The services in it, by id."""
        return {task["service_id"]: task for task in self.acknowledgement["content"]["tasks"]}


@dataclass(frozen=True)
class Folder:
    """A service path, its ports, and where its provider has its socket."""

    path: Path
    ports: tuple[int, int]  # of subscribers, of publishers
    runtime: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def front(self) -> str:
        """The endpoint of subscribers."""
        return f"tcp://127.0.0.1:{self.ports[0]}"

    @property
    def back(self) -> str:
        """The endpoint of publishers."""
        return f"tcp://127.0.0.1:{self.ports[1]}"

    def command(self, program: str, *words: str) -> tuple[list[str], dict[str, str]]:
        """What is run, and with what environment."""
        environment = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(self.runtime), **self.environment}
        return [str(_PROGRAMS / program), *words], environment

    def run(self, program: str, *words: str) -> Ran:
        """Run a command to its end. No command ever shows a traceback."""
        line, environment = self.command(program, *words)
        done = subprocess.run(
            line, env=environment, cwd=self.path, capture_output=True, text=True, timeout=100, check=False
        )
        # One of a service's own, from its log, is indented.
        assert not re.search(r"^Traceback", done.stderr, re.MULTILINE), done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def order(self, action: str, *words: str, transaction: str = TRANSACTION) -> Ran:
        """conf_command, as the document writes it."""
        return self.run(
            "conf_command",
            f"--endpoint={self.back}",
            "--service_name=context",
            "--service_id=context001",
            f"--transaction={transaction}",
            f"--action={action}",
            *words,
        )

    def done(self, action: str, *words: str) -> dict[str, dict[str, Any]]:
        """The same for what must succeed; the services by id."""
        ran = self.order(action, *words)
        assert ran.code == 0, ran
        return ran.tasks

    def state(self, id: str) -> str:
        """The state of a service now."""
        return str(self.done("request")[id]["state"])

    def log(self, id: str) -> str:
        """The log of a service."""
        path = self.path / "Log" / f"{TRANSACTION}-{id}.log"
        return path.read_text() if path.exists() else ""

    @contextmanager
    def provider(self, name: str, *, ends: bool = True) -> Iterator[subprocess.Popen[str]]:
        """A provider that takes commands; at the end of the block it is asked to exit, unless it has."""
        line, environment = self.command("service_context", f"Conf/Context-{name}.xml")
        output = self.path / f"provider-{name}.out"
        with output.open("a") as file:
            process = subprocess.Popen(
                line, env=environment, cwd=self.path, stdout=file, stderr=subprocess.STDOUT, text=True
            )
        socket = self.runtime / f"barbican-contexts-{os.geteuid()}" / f"{self.ports[1]}.sock"
        try:
            wait_until(lambda: socket.exists() or process.poll() is not None, "the provider's socket")
            assert process.poll() is None, output.read_text()
            yield process
            if ends:
                process.send_signal(signal.SIGTERM)
                assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.wait(SECONDS)

    @contextmanager
    def listening(self) -> Iterator[Subscriber]:
        """A subscriber to all, whose subscription the bus has."""
        keys = self.path / "Keys"
        with closing(Subscriber(self.front, keys)) as found, closing(Publisher(self.back, keys)) as publisher:

            def heard() -> bool:
                publisher.send(frames("probe", message(_PROBE, "probe", 1, {})))
                return found.receive(0.1) is not None

            wait_until(heard, "a message over the bus")
            yield found


def heard(subscriber: Subscriber, count: int) -> list[tuple[str, str, str]]:
    """The next messages of the context, each as topic, action and service; monitor and probes are none."""
    found: list[tuple[str, str, str]] = []
    while len(found) < count:
        came = subscriber.receive(SECONDS)
        assert came is not None, f"only {found} have come"
        topic, said = came
        if topic not in {"probe", "monitor", "state"}:
            found.append((topic, said["header"]["action"], said["header"]["service_id"]))
    return found


def nothing_more(subscriber: Subscriber, seconds: float = 0.5) -> bool:
    """Whether no further message of the context comes."""
    while (came := subscriber.receive(seconds)) is not None:
        if came[0] not in {"probe", "monitor", "state"}:
            return False
    return True
