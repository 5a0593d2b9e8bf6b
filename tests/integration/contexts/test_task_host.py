"""A task service in its process: ready, at work, ended; and the threads of several in one."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from barbican_like.contexts.definition import ServiceType
from barbican_like.contexts.files.plan import SINGLE
from tests.support.contexts.supervised import (
    definition,
    echo,
    hello,
    hosted,
    is_alive,
    passed_channel,
    supervised,
    wait_until,
)

HEAD = "from barbican_like.contexts.task import LoopedTask, SingleTask\n"
NOISY = (
    HEAD
    + """
class Shouting(LoopedTask):
    period = 0.01
    def setup(self):
        self.turns = 0
    def execute(self):
        self.turns += 1
        if self.turns == 3:
            self.notify("updated", turns=self.turns)
    def close(self):
        print("closed", flush=True)
"""
)
SELF_ENDING = HEAD + "class Shouting(LoopedTask):\n    def execute(self):\n        self.stopping.set()\n"
FAILING = (
    HEAD + "class Shouting(SingleTask):\n    def execute(self):\n        raise RuntimeError('no echo here')\n"
)
BY_HAND = (
    HEAD
    + """
class Shouting(SingleTask):
    ready_by_hand = True
    def execute(self):
        self.notify("updated", early=True)
        self.ready()
        self.stopping.wait()
"""
)
WITH_CHILD = (
    HEAD
    + """
import subprocess, sys
class Shouting(SingleTask):
    def setup(self):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.notify("updated", child=child.pid)
    def execute(self):
        self.stopping.wait()
"""
)


def test_what_is_generated_becomes_ready_works_and_ends_when_it_is_asked(tmp_path: Path) -> None:
    """A Looped service, as create_service leaves it."""
    with hosted(echo(tmp_path), definition()) as service:
        assert service.hear() == {"word": "ready"}
        wait_until(lambda: "shout: turn 1 of Shouts" in service.text(), "a turn in the log")
        service.process.terminate()
        assert service.ended() == 0


def test_a_single_service_is_ready_and_then_ends_by_itself(tmp_path: Path) -> None:
    """With code 0, which the supervisor takes for EXITED."""
    with hosted(echo(tmp_path, task_type=SINGLE), definition()) as service:
        assert service.hear() == {"word": "ready"}
        assert service.hear() is None
        assert service.ended() == 0
        assert "shout: Shouts" in service.text()


def test_a_task_says_what_is_new_and_lives_and_is_closed_once(tmp_path: Path) -> None:
    """`updated` with its items, a beat a turn, and close at the end."""
    with hosted(echo(tmp_path, NOISY), definition()) as service:
        heard = [service.hear(beats=True)]
        while heard[-1] != {"word": "updated", "items": {"turns": 3}}:
            heard.append(service.hear(beats=True))
        assert heard[0] == {"word": "ready"}
        assert heard.count({"word": "beat"}) >= 3
        service.process.terminate()
        assert service.ended() == 0
        assert service.text().count("closed") == 1


def test_a_looped_task_may_end_itself(tmp_path: Path) -> None:
    """By the same event that ends it otherwise."""
    with hosted(echo(tmp_path, SELF_ENDING), definition()) as service:
        assert service.ended() == 0


def test_a_task_that_says_itself_when_it_is_ready(tmp_path: Path) -> None:
    """Nothing else says it before."""
    with hosted(echo(tmp_path, BY_HAND), definition()) as service:
        assert [service.hear(), service.hear()] == [
            {"word": "updated", "items": {"early": True}},
            {"word": "ready"},
        ]


def test_an_exception_is_a_failure_with_its_traceback_in_the_log(tmp_path: Path) -> None:
    """Exit code 1."""
    with hosted(echo(tmp_path, FAILING), definition()) as service:
        assert service.ended() == 1
        assert "RuntimeError: no echo here" in service.text()


@pytest.mark.parametrize("code", ["import nothing_like_this\n", "syntax error\n", HEAD])
def test_code_that_cannot_be_loaded_is_a_failure(tmp_path: Path, code: str) -> None:
    """What is wrong stands in the log."""
    with hosted(echo(tmp_path, code), definition()) as service:
        assert service.ended() == 1
        assert "Error" in service.text()


def test_a_service_whose_code_others_can_write_is_not_run(tmp_path: Path) -> None:
    """It is looked at again when it starts."""
    file = echo(tmp_path)
    (tmp_path / "Services/Echo/Echo.py").chmod(0o666)
    with hosted(file, definition()) as service:
        assert service.ended() == 1
        assert "Echo.py can be written by others" in service.text()


def test_a_service_that_loses_its_supervisor_ends_with_all_it_has_started(tmp_path: Path) -> None:
    """It closes, and takes its group with it."""
    with hosted(echo(tmp_path, WITH_CHILD), definition()) as service:
        updated = service.hear()
        assert updated is not None
        child = updated["items"]["child"]
        assert service.hear() == {"word": "ready"}
        assert is_alive(child)
        service.end.close()
        assert service.ended() in {0, 1, -signal.SIGKILL}
        wait_until(lambda: not is_alive(child), "the child's end")


def test_threads_share_a_process_and_end_one_by_one(tmp_path: Path) -> None:
    """Each has a channel; a stop of one leaves the others, and a failure is told with its reason."""
    file = echo(
        tmp_path, NOISY.replace("self.turns == 3", "'fail' in self.configuration: 1 / 0\n        if False")
    )
    words = ["barbican_like.contexts.host", str(file), "ipc://none.sub", "ipc://none.pub", "threads"]
    thread = ServiceType.THREAD
    with supervised(words, tmp_path / "output") as host, ExitStack() as stack:
        assert host.hear() == {"word": "ready"}
        first, second, third = (
            stack.enter_context(passed_channel(host, hello(definition(thread, **more))))
            for more in ({}, {}, {"fail": "yes"})
        )
        assert [channel.hear() for channel in (first, second, third)] == [{"word": "ready"}] * 3
        ended = third.hear()
        assert ended == {"word": "ended", "code": 1, "reason": "ZeroDivisionError: division by zero"}
        first.say("stop")
        assert first.hear() == {"word": "ended", "code": 0, "reason": ""}
        assert second.hear(beats=True) == {"word": "beat"}
        host.process.terminate()
        assert second.hear() == {"word": "ended", "code": 0, "reason": ""}
        assert host.ended() == 0


def test_the_host_is_not_for_people(tmp_path: Path) -> None:
    """Without a channel it says so, and ends with the code of wrong usage."""
    with supervised(["barbican_like.contexts.host"], tmp_path / "output") as host:
        assert host.ended() == 2
        assert "started by the supervisor" in host.text()
