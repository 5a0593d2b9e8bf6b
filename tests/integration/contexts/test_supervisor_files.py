"""The supervisor of many services has many files open, and goes on where it can open no more."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from barbican_like.contexts.definition import Restart
from tests.support.provider import Provider, service, until

SERVICES = 30  # with four files each, more than the soft limit below
SOFT, HARD = 64, 1024
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, tuple(map(int, sys.argv[1:3])))
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def limited(folder: Path, files: tuple[int, int], **words: tuple[str, ...]) -> Iterator[Provider]:
    """A provider that has started with limits of open files."""
    services = [service(id, *said, restart=Restart.TEMPORARY) for id, said in words.items()]
    provider = Provider.make(folder, *services)
    provider.words = (sys.executable, "-S", "-c", LIMITED, *map(str, files), *provider.words)
    try:
        provider.start()
        yield provider
    finally:
        provider.close()


def soft_limit(pid: int) -> int:
    """The soft limit of open files of a process."""
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]


def open_files(pid: int) -> int:
    """How many files a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def log(provider: Provider) -> str:
    """What the supervisor says."""
    return (provider.folder / "supervisor.log").read_text()


def use_up(provider: Provider, callers: ExitStack, most: int) -> None:
    """Connect more often than the supervisor can open files, until it cannot take another caller."""
    for _ in range(most):
        end = callers.enter_context(socket.socket(socket.AF_UNIX))
        end.connect(provider.launch.socket)
    until(lambda: "Too many open files: no command is taken" in log(provider))


def test_a_supervisor_opens_more_files_than_its_services_may(tmp_path: Path) -> None:
    """It raises its own soft limit; a program that uses select() has the one that it expects, at once."""
    words = {f"s{number}": ("say=x", "ready") for number in range(SERVICES)}
    with limited(tmp_path / "c", (SOFT, HARD), **words) as provider:
        tasks = provider.good("start")
        assert {task["state"] for task in tasks.values()} == {"RUNNING"}
        assert open_files(provider.process.pid) > SOFT
        assert soft_limit(provider.process.pid) == HARD
        assert {soft_limit(task["pid"]) for task in tasks.values()} == {SOFT}


def test_callers_who_cannot_be_taken_end_nothing(tmp_path: Path) -> None:
    """They wait, until others leave; it is logged once."""
    with limited(tmp_path / "c", (40, 40), a=("ready",)) as provider:
        pid = provider.good("start")["a"]["pid"]
        with ExitStack() as callers:
            use_up(provider, callers, 40)
        assert provider.task("a")["pid"] == pid
        assert log(provider).count("no command is taken") == 1


def test_an_end_is_noticed_when_no_file_can_be_opened(tmp_path: Path) -> None:
    """Also that of a stray, for which the supervisor looks whenever a child of it has ended."""
    with limited(tmp_path / "c", (40, 40), a=("ready",)) as provider:
        pid = provider.good("start")["a"]["pid"]
        with ExitStack() as callers:
            use_up(provider, callers, 40)
            provider.process.send_signal(signal.SIGCHLD)
            until(lambda: "strays" in log(provider) or provider.process.poll() is not None)
            os.kill(pid, signal.SIGKILL)
            until(lambda: provider.transitions("a")[-1] == "FAILED" or provider.process.poll() is not None)
        assert provider.task("a")["exit_code"] == -9


def test_a_service_that_cannot_be_started_for_lack_of_files_has_failed(tmp_path: Path) -> None:
    """The others run, and so does the supervisor."""
    words = {f"s{number}": ("ready",) for number in range(12)}
    with limited(tmp_path / "c", (30, 30), **words) as provider:
        provider.ask("start", wait=False)
        until(lambda: "cannot be started: Too many open files" in log(provider))
        until(lambda: {task["state"] for task in provider.good("request").values()} == {"RUNNING", "FAILED"})
