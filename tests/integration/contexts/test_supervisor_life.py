"""The supervisor with real processes: starts, ends, and what is left of them."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from barbican_like.contexts.definition import Restart, Transition, Trigger, TriggerAction
from tests.support.provider import SECONDS, TRANSACTION, Provider, is_alive, marked, running, service, until

#: A supervisor that hears SIGTERM between the kill of an orphan and its end.
SIGNALLED = """
import os, signal, sys
from barbican_like.contexts.__main__ import main
send = signal.pidfd_send_signal
def send_and_be_signalled(descriptor, number):
    send(descriptor, number)
    os.kill(os.getpid(), signal.SIGTERM)
signal.pidfd_send_signal = send_and_be_signalled
sys.exit(main(sys.argv[1:]))
"""


def printed(provider: Provider, id: str) -> dict[str, int]:
    """The children that a service has told of, by how they were started."""
    log = provider.folder / f"{id}.log"
    until(lambda: log.exists() and log.read_text().count("\n") >= 2)
    return {word: int(pid) for word, pid in (line.split() for line in log.read_text().splitlines()[-2:])}


def test_a_killed_service_is_noticed_and_replaced(tmp_path: Path) -> None:
    """In the original it stayed "started"."""
    with running(tmp_path / "c", service("a", "ready")) as provider:
        before = provider.good("start")["a"]["pid"]
        os.kill(before, signal.SIGKILL)
        until(lambda: provider.task("a")["pid"] not in {before, None})
        after = provider.until("a", "RUNNING")
        assert (after["exit_code"], after["restarts"]) == (-9, 1)
        assert provider.starts() == [before, after["pid"]]


def test_processes_in_and_out_of_its_group_end_with_a_service(tmp_path: Path) -> None:
    """A child that has left the session has come to the supervisor, which knows it by its mark."""
    with running(tmp_path / "c", service("a", "ready", "child", "far")) as provider:
        provider.good("start")
        children = printed(provider, "a")
        provider.good("stop")
        assert not any(is_alive(pid) for pid in children.values())
        provider.good("start")
        children = printed(provider, "a")
        os.kill(provider.task("a")["pid"], signal.SIGKILL)
        until(lambda: len(provider.starts()) == 3)
        assert not any(is_alive(pid) for pid in children.values())


def test_the_strays_of_one_service_are_not_those_of_another(tmp_path: Path) -> None:
    services = (service("a", "ready", "child", "far"), service("b", "ready", "child", "far"))
    with running(tmp_path / "c", *services) as provider:
        provider.good("start")
        theirs = printed(provider, "b")
        provider.good("stop", "a")
        assert all(is_alive(pid) for pid in theirs.values())


def test_a_service_that_ignores_sigterm_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "deaf", "ready", stop_seconds=0.3)) as provider:
        pid = provider.good("start")["a"]["pid"]
        stopped = provider.good("stop")["a"]
        assert (stopped["state"], stopped["exit_code"], stopped["pid"]) == ("STOPPED", -9, None)
        assert not is_alive(pid)


def test_a_service_that_closes_its_channel_and_goes_on_is_ended(tmp_path: Path) -> None:
    one = service("a", "ready", "close", stop_seconds=0.3, restart=Restart.TEMPORARY)
    with running(tmp_path / "c", one) as provider:
        provider.good("start")
        provider.until("a", "FAILED")
        assert "closed its channel" in (provider.folder / "supervisor.log").read_text()


def test_a_service_that_is_not_ready_in_time_has_failed(tmp_path: Path) -> None:
    one = service("a", start_seconds=0.3, restart=Restart.TEMPORARY)
    with running(tmp_path / "c", one) as provider:
        assert "was not ready in time" in provider.refused("start")
        assert provider.task("a")["state"] == "FAILED"


def test_a_silent_service_is_ended_where_there_is_a_watchdog(tmp_path: Path) -> None:
    one = service("a", "ready", watchdog_seconds=0.3, restart=Restart.TEMPORARY)
    with running(tmp_path / "c", one) as provider:
        provider.good("start")
        assert provider.until("a", "FAILED")["exit_code"] == -9


def test_a_service_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    """All of its processes count."""
    one = service("a", "ready", "eat=120", memory_mib=64, restart=Restart.TEMPORARY)
    other = service("b", "ready", memory_mib=64)
    with running(tmp_path / "c", one, other) as provider:
        provider.ask("start", wait=False)
        provider.until("a", "FAILED")
        assert provider.until("b", "RUNNING")["restarts"] == 0
        assert "MiB" in (provider.folder / "supervisor.log").read_text()


@pytest.mark.parametrize("words", [("exit=3",), ("ready", "exit=3", "after=0.05")], ids=["early", "late"])
def test_a_crash_loop_ends_in_fatal_within_the_count(tmp_path: Path, words: tuple[str, ...]) -> None:
    with running(tmp_path / "c", service("a", *words, max_restarts=2)) as provider:
        provider.ask("start")
        fatal = provider.until("a", "FATAL")
        assert (len(provider.starts()), fatal["exit_code"], fatal["restarts"]) == (3, 3, 2)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    provider = Provider.make(tmp_path / "c", service("a", "ready", restart=Restart.TEMPORARY))
    words = {**provider.launch.commands}
    words["a"] = type(words["a"])(words=("/nonexistent/program",), environment={})
    object.__setattr__(provider.launch, "commands", words)
    try:
        provider.start()
        assert "cannot be started" in provider.refused("start")
    finally:
        provider.close()


def test_an_end_by_itself_is_no_failure_and_starts_what_its_trigger_calls(tmp_path: Path) -> None:
    """on_start and on_exit could not be reached in the original, and a trigger `start` started nothing."""
    first = service(
        "first",
        "ready",
        "exit=0",
        "after=0.05",
        triggers={
            Transition.ON_START: Trigger(action=TriggerAction.START, call="second"),
            Transition.ON_EXIT: Trigger(action=TriggerAction.START, call="third"),
        },
    )
    others = [service(id, "ready", entry=Transition.ON_UPDATE) for id in ("second", "third")]
    with running(tmp_path / "c", first, *others) as provider:
        provider.good("start")
        provider.until("third", "RUNNING")
        provider.until("second", "RUNNING")
        assert provider.transitions("first") == ["STARTING", "RUNNING", "EXITED"]


def test_the_end_of_the_supervisor_ends_all_and_is_nobodys_wish(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready"), service("b", "ready", "child", "far")) as provider:
        provider.good("start")
        provider.good("stop", "a")
        assert provider.end() == 0
        assert not marked(provider.folder)
        provider.start()
        provider.until("b", "RUNNING")
        assert provider.task("a") | {"since": None} == provider.task("a") | {"since": None, "desired": "down"}
        assert provider.task("a")["state"] == "DEFINED"


def test_a_signal_while_an_orphan_is_being_ended_ends_the_supervisor_before_anything_is_started(
    tmp_path: Path,
) -> None:
    """The orphan is gone then, and what was wished before is wished still."""
    with running(tmp_path / "c", service("a", "ready", "child", "far")) as provider:
        provider.good("start")
        orphan = printed(provider, "a")["far"]
        provider.kill()
        until(lambda: not is_alive(provider.starts()[0]))
        assert is_alive(orphan)
        usual, provider.words = provider.words, (sys.executable, "-P", "-c", SIGNALLED)
        assert provider.begin().wait(SECONDS) == 0
        assert not is_alive(orphan)
        assert len(provider.starts()) == 1
        provider.words = usual
        provider.start()
        provider.until("a", "RUNNING")


def test_what_had_finished_is_not_done_again_by_the_next_supervisor(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready", "exit=0", "after=0.01")) as provider:
        provider.good("start")
        provider.until("a", "EXITED")
        provider.end()
        provider.start()
        assert provider.task("a")["state"] == "DEFINED"
        assert len(provider.starts()) == 1


def test_a_supervisor_with_nothing_to_do_does_nothing(tmp_path: Path) -> None:
    """While its service waits for a second, it takes hardly any time of a core."""
    with running(tmp_path / "c", service("a", "ready", "exit=0", "after=1")) as provider:
        provider.good("start")
        before = sum(psutil.Process(provider.process.pid).cpu_times()[:2])
        until(lambda: "EXITED" in provider.transitions("a"))
        assert sum(psutil.Process(provider.process.pid).cpu_times()[:2]) - before < 0.1


def test_a_second_provider_of_a_context_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        pid = provider.good("start")["a"]["pid"]
        second = Provider(provider.folder, provider.launch)
        with pytest.raises(AssertionError, match="has ended"):
            second.launch_only()
        assert provider.task("a")["pid"] == pid


def test_services_live_in_sessions_of_their_own_with_little_environment(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        pid = provider.good("start")["a"]["pid"]
        assert os.getsid(pid) == pid
        names = set(psutil.Process(pid).environ())
        assert names <= {
            "PATH",
            "STARTS",
            "BARBICAN_CHANNEL",
            "BARBICAN_INSTANCE",
            "BARBICAN_SERVICE",
            "LC_CTYPE",
        }


def test_the_log_of_a_service_is_open_only_while_it_lives(tmp_path: Path) -> None:
    """A later life goes on in the same file."""
    with running(tmp_path / "c", service("a", "say=hello", "ready")) as provider:
        log, supervisor = provider.folder / "a.log", psutil.Process(provider.process.pid)
        for lives in (1, 2):
            provider.good("start")
            until(lambda lives=lives: log.exists() and log.read_text() == "hello\n" * lives)
            assert str(log) in {file.path for file in supervisor.open_files()}
            provider.good("stop")
            assert str(log) not in {file.path for file in supervisor.open_files()}


def test_a_stop_is_awaited_and_a_restart_overlaps_nothing(tmp_path: Path) -> None:
    """In the original a restart had the old and the new one side by side."""
    with running(tmp_path / "c", service("a", "ready", "child", "far")) as provider:
        before = provider.good("start")["a"]["pid"]
        children = printed(provider, "a")
        after = provider.good("restart")["a"]
        assert after["pid"] != before
        assert not any(map(is_alive, [before, *children.values()]))
        expected = ["STARTING", "RUNNING", "STOPPING", "STOPPED", "STARTING", "RUNNING"]
        assert provider.transitions("a") == expected
        assert provider.task("a")["state"] == "RUNNING"


def test_the_transitions_are_numbered_over_restarts_of_the_supervisor(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        provider.good("start")
        provider.kill()
        provider.start()
        provider.until("a", "RUNNING")
        lines = [
            json.loads(line)
            for file in sorted((provider.folder / "outbox").iterdir())
            for line in file.read_text().splitlines()
        ]
        assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
        assert {line["transaction"] for line in lines} == {TRANSACTION}
        assert len(lines) == 4
