"""Thread services under a real supervisor: one process for all of a transaction, and an end for each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from barbican_like.contexts.channel import LARGEST
from barbican_like.contexts.definition import Restart, ServiceType, TaskService
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.files.plan import LOOPED, SINGLE
from barbican_like.contexts.generator.make import make
from barbican_like.contexts.launch import read_launch
from barbican_like.contexts.provide import prepare
from tests.support.contexts.supervised import echo_plan
from tests.support.ports import free_port
from tests.support.provider import Provider, is_alive, until

TASKS = {
    LOOPED: "from barbican_like.contexts.task import LoopedTask\n"
    "class Shouting(LoopedTask):\n    period = 0.05\n    def execute(self):\n        pass\n",
    SINGLE: "from barbican_like.contexts.task import SingleTask\n"
    "class Shouting(SingleTask):\n    def execute(self):\n        pass\n",
}


@contextmanager
def threads(folder: Path, task_type: str, *ids: str, large: str = "") -> Iterator[Provider]:
    """A provider of threads of one class.

    :param large: the id of one whose definition has more bytes than a message to its host.
    """
    folder.mkdir()
    plan = echo_plan(folder, task_type, (free_port(), free_port()))
    make(plan)
    (folder / "Services/Echo/Echo.py").write_text(TASKS[task_type])
    context = read_context(plan.context_file)
    first = replace(
        context.services[0], service_type=ServiceType.THREAD, stop_seconds=5.0, restart=Restart.TRANSIENT
    )
    much = {**first.configuration, "text": "x" * LARGEST}
    services: tuple[TaskService, ...] = tuple(
        replace(first, id=id, configuration=much if id == large else first.configuration) for id in ids
    )
    launch = read_launch(prepare(plan.context_file, replace(context, services=services)))
    provider = Provider(folder, replace(launch, bus=None, socket=str(folder / "s")))
    try:
        provider.start()
        yield provider
    finally:
        provider.close()
        for process in psutil.Process().children(recursive=True):
            process.kill()


def test_threads_share_one_process_that_is_not_the_supervisor(tmp_path: Path) -> None:
    with threads(tmp_path / "c", LOOPED, "a", "b") as provider:
        tasks = provider.good("start")
        assert tasks.keys() == {"a", "b"}
        (pid,) = {task["pid"] for task in tasks.values()}
        assert pid != provider.process.pid
        assert provider.good("stop", "a")["a"]["state"] == "STOPPED"
        assert provider.task("b")["state"] == "RUNNING"
        assert is_alive(pid)
        assert provider.good("start", "a")["a"]["pid"] == pid
        provider.good("exit")
        assert provider.process.wait(20) == 0
        assert not is_alive(pid)


def test_the_end_of_their_process_is_a_failure_of_each_and_all_come_back(tmp_path: Path) -> None:
    with threads(tmp_path / "c", LOOPED, "a", "b") as provider:
        before = provider.good("start")["a"]["pid"]
        os.kill(before, signal.SIGKILL)
        for id in ("a", "b"):
            until(lambda id=id: "FAILED" in provider.transitions(id))
            assert provider.until(id, "RUNNING")["pid"] != before


def test_a_thread_that_has_done_its_work_has_exited(tmp_path: Path) -> None:
    with threads(tmp_path / "c", SINGLE, "a") as provider:
        provider.good("start")
        assert provider.until("a", "EXITED")["exit_code"] == 0


def test_a_thread_whose_definition_is_too_large_cannot_be_started_and_ends_nothing_else(
    tmp_path: Path,
) -> None:
    """It is refused with what is wrong; the supervisor and the other threads go on."""
    with threads(tmp_path / "c", LOOPED, "a", "b", large="b") as provider:
        pid = provider.good("start", "a")["a"]["pid"]
        assert f"at most {LARGEST} fit" in provider.refused("start", "b")
        assert provider.task("a")["pid"] == pid
        assert provider.task("a")["state"] == "RUNNING"
