"""Ours and supervisord, told to keep so many copies of the smallest service there is."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol
from xmlrpc.client import ServerProxy, Transport

import psutil

from barbican_like.contexts.ask import NobodyAnswers, ask
from barbican_like.contexts.definition import Context, Restart, TaskService
from barbican_like.contexts.launch import Command, Launch
from tests.support.environments import environment

TRANSACTION: Final = "BENCHMARK00000000000"
SECONDS: Final = 120.0
#: Says that it is ready where somebody listens (descriptor 3), writes its id down, and does nothing more.
_SCRIPT: Final = """{ printf '{"word":"ready"}' >&3; } 2>/dev/null; echo $$ >>"$1"; exec sleep 1000"""


def words(file: Path) -> tuple[str, ...]:
    """The service's command line."""
    return ("/bin/sh", "-c", _SCRIPT, "sh", str(file))


class Side(Protocol):
    """A supervisor in a folder of its own."""

    pid: int

    def start(self) -> None:
        """Start it with its services, without waiting."""

    def are_ready(self) -> bool:
        """Whether it says that all of them run."""

    def end(self) -> None:
        """End it with all of them, and wait."""


class Ours:
    """The supervisor of contexts."""

    pid = 0

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        services = tuple(
            TaskService(id=f"s{n}", instance="S", name="s", restart=Restart.PERMANENT, max_restarts=10_000)
            for n in range(count)
        )
        command = Command(words=words(folder / "starts"), environment={"PATH": os.environ["PATH"]})
        endpoint = "tcp://127.0.0.1:1"
        context = Context(
            name="Benchmark",
            front_endpoint=endpoint,
            back_endpoint=endpoint,
            front_bind=endpoint,
            back_bind=endpoint,
            services=services,
        )
        self._launch = Launch(
            context=context,
            commands={service.id: command for service in services},
            folder=str(folder),
            logs=str(folder),
            log=str(folder / "supervisor.log"),
            socket=str(folder / "s"),
            wishes=str(folder / "wishes"),
            outbox=str(folder / "outbox"),
            hold=str(folder / "hold"),
            mark=("BARBICAN_BENCHMARK", str(folder)),
            transaction=TRANSACTION,
        )

    def start(self) -> None:
        """Start it with its services, without waiting."""
        file = self._folder / "launch.json"
        self._launch.write(file)
        self._process = subprocess.Popen([sys.executable, "-P", "-m", "barbican_like.contexts", str(file)])
        self.pid = self._process.pid

    def are_ready(self) -> bool:
        """Whether it says that all of them run."""
        try:
            told = ask(Path(self._launch.socket), {"action": "request", "transaction": TRANSACTION})
        except NobodyAnswers:
            return False
        return all(task["state"] == "RUNNING" for task in told["content"]["tasks"])

    def end(self) -> None:
        """End it with all of them, and wait."""
        self._process.terminate()
        self._process.wait(SECONDS)


class _UnixTransport(Transport):
    """XML-RPC over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """Connect to the socket, whatever the host."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self._path))
        return connection


class Supervisord:
    """supervisord 4.3, which reads a service as running when it has lived for a second."""

    pid = 0

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        script = _SCRIPT.replace("%", "%%").replace('"$1"', str(folder / "starts"))
        (folder / "service.sh").write_text(script.replace("%%", "%"))
        (folder / "supervisord.conf").write_text(
            f"[unix_http_server]\nfile = {folder}/s\n[supervisord]\nnodaemon = true\nsilent = true\n"
            f"logfile = {folder}/supervisord.log\npidfile = {folder}/pid\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[program:s]\ncommand = /bin/sh {folder}/service.sh\nnumprocs = {count}\n"
            "process_name = s%(process_num)d\nautorestart = true\n"
            f"stdout_logfile = {folder}/%(process_num)d.log\n"
        )
        self._program = environment("peers") / "bin" / "supervisord"
        self._server: Any = ServerProxy("http://localhost", transport=_UnixTransport(folder / "s"))

    def start(self) -> None:
        """Start it with its services, without waiting."""
        user = ["--user=root"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            [self._program, "-c", self._folder / "supervisord.conf", *user],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.pid = self._process.pid

    def are_ready(self) -> bool:
        """Whether it says that all of them run."""
        try:
            rows = self._server.supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException):
            return False
        return bool(rows) and all(row["statename"] == "RUNNING" for row in rows)

    def end(self) -> None:
        """End it with all of them, and wait."""
        self._process.terminate()
        self._process.wait(SECONDS)


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again, without a pause: what is measured has the other core."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("it took too long")


def starts(folder: Path) -> list[int]:
    """The ids of the services that have begun."""
    try:
        return [int(line) for line in (folder / "starts").read_text().splitlines()]
    except FileNotFoundError:
        return []


def replaced_after(folder: Path) -> float:
    """Milliseconds from SIGKILL to the newest service until the next one has begun."""
    before = starts(folder)
    begun = time.monotonic()
    os.kill(before[-1], signal.SIGKILL)
    until(lambda: len(starts(folder)) > len(before))
    return (time.monotonic() - begun) * 1000


def idle(side: Side, seconds: float) -> tuple[float, float]:
    """Percent of one core that a supervisor takes with nothing to do, and its MiB of memory."""
    process = psutil.Process(side.pid)
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return 100 * used / seconds, process.memory_info().rss / 2**20
