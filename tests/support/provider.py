"""A supervisor as a process of its own, with services that behave as a test says."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from barbican_like.contexts.definition import Context, TaskService
from barbican_like.contexts.launch import Command, Launch

PROGRAM = Path(__file__).with_name("a_service.py")
TRANSACTION = "6FDAHH3WPRVV7FGZCRIN"
SECONDS = 30.0


def service(id: str, *words: str, **options: Any) -> tuple[TaskService, tuple[str, ...]]:
    """A service and how its process behaves."""
    options = {"stop_seconds": 5.0, **options}
    return TaskService(id=id, instance="Any", name=f"name_{id}", **options), words


@dataclass
class Provider:
    """A context in a folder of its own."""

    folder: Path
    launch: Launch
    process: subprocess.Popen[bytes] | None = None
    words: tuple[str, ...] = (sys.executable, "-P", "-m", "barbican_like.contexts")  # before the launch file

    @classmethod
    def make(cls, folder: Path, *services: tuple[TaskService, Sequence[str]], **options: Any) -> Provider:
        """Write the launch file."""
        folder.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "STARTS": str(folder / "starts")}
        commands = {
            one.id: Command(words=(sys.executable, "-S", str(PROGRAM), *words), environment=environment)
            for one, words in services
        }
        context = Context(
            name="Test",
            front_endpoint="tcp://127.0.0.1:1",
            back_endpoint="tcp://127.0.0.1:2",
            front_bind="tcp://*:2",
            back_bind="tcp://*:1",
            services=tuple(one for one, _ in services),
        )
        places = {name: str(folder / name) for name in ("wishes", "outbox", "hold", "pid_file")}
        launch = Launch(
            context=context,
            commands=commands,
            folder=str(folder),
            logs=str(folder),
            log=str(folder / "supervisor.log"),
            mark=("BARBICAN_INSTANCE", str(folder)),
            **{"log_name": "{id}.log", "socket": str(folder / "s"), **places, **options},
        )
        return cls(folder, launch)

    def start(self) -> None:
        """Start the supervisor and wait until it takes commands."""
        (self.folder / "s").unlink(missing_ok=True)
        self.launch_only()

    def launch_only(self) -> None:
        """Start the supervisor where another may be."""
        process = self.begin()
        until(lambda: process.poll() is not None or self.is_listening(process.pid))
        assert process.poll() is None, "the supervisor has ended"

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the supervisor, whatever becomes of it."""
        file = self.folder / "launch.json"
        self.launch.write(file)
        self.process = subprocess.Popen([*self.words, str(file)], cwd=Path(__file__).parents[2])
        return self.process

    def is_listening(self, pid: int) -> bool:
        """Whether a supervisor takes commands."""
        with socket.socket(socket.AF_UNIX) as end:
            try:
                end.connect(self.launch.socket)
            except OSError:
                return False
            credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return struct.unpack("3i", credentials)[0] == pid

    def ask(self, action: str, task_id: str = "all", **fields: Any) -> dict[str, Any]:
        """A command and its acknowledgement."""
        command = {"action": action, "transaction": TRANSACTION, "task_id": task_id, **fields}
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(SECONDS)
            end.connect(self.launch.socket)
            end.sendall(json.dumps(command).encode() + b"\n")
            with end.makefile("rb") as lines:
                return dict(json.loads(lines.readline()))

    def good(self, action: str, task_id: str = "all", **fields: Any) -> dict[str, dict[str, Any]]:
        """A command that must be done; the services by id."""
        told = self.ask(action, task_id, **fields)
        assert told["header"]["result"] == "success", told
        return {task["service_id"]: task for task in told["content"]["tasks"]}

    def refused(self, action: str, task_id: str = "all", **fields: Any) -> str:
        """A command that must fail; why."""
        told = self.ask(action, task_id, **fields)
        assert told["header"]["result"] == "failure", told
        return str(told["content"]["error"])

    def task(self, id: str) -> dict[str, Any]:
        """One service as it stands."""
        return self.good("request")[id]

    def until(self, id: str, state: str) -> dict[str, Any]:
        """Wait for a state of a service."""
        until(lambda: self.task(id)["state"] == state)
        return self.task(id)

    def kill(self) -> None:
        """SIGKILL to the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """SIGTERM, and its exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS)

    def starts(self) -> list[int]:
        """The process ids of all services that have begun, in their order."""
        try:
            return [int(line) for line in (self.folder / "starts").read_text().split()]
        except FileNotFoundError:
            return []

    def transitions(self, id: str) -> list[str]:
        """The states a service has gone through, from the outbox."""
        lines = [
            line
            for file in sorted(Path(self.launch.outbox).iterdir())
            for line in file.read_text().splitlines()
        ]
        return [entry["new"] for entry in map(json.loads, lines) if entry["service_id"] == id]

    def close(self) -> None:
        """End the supervisor and all that bears the mark."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for process in marked(self.folder):
            process.kill()


@contextmanager
def running(folder: Path, *services: tuple[TaskService, Sequence[str]], **options: Any) -> Iterator[Provider]:
    """A provider that has started, and ends with the test."""
    one = Provider.make(folder, *services, **options)
    try:
        one.start()
        yield one
    finally:
        one.close()


def marked(folder: Path) -> list[psutil.Process]:
    """The living processes of the context in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("BARBICAN_INSTANCE") == str(folder) and process.status() != "zombie":
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found


def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until something holds; each look takes its time, or gives way to others."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        os.sched_yield()


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie has ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
