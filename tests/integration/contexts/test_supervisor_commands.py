"""The command socket of a real supervisor."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from barbican_like.contexts.definition import Transition
from tests.support.provider import TRANSACTION, Provider, running, service, until

ROOT = Path(__file__).parents[3]
NOBODY = 65534
CALLER = """
import socket, sys
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
try:
    end.sendall(b'{"action": "exit"}\\n')
    sys.exit(0 if end.recv(1) else 7)
except ConnectionError:
    sys.exit(7)
"""


def speak(provider: Provider, line: bytes) -> dict[str, object]:
    """One line, and what is answered."""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(10)
        end.connect(provider.launch.socket)
        end.sendall(line)
        with end.makefile("rb") as lines:
            return dict(json.loads(lines.readline()))


def test_a_start_without_a_transaction_makes_one_and_tells(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        told = provider.ask("start", transaction="")
        transaction = told["header"]["transaction"]
        assert len(transaction) == 20
        assert provider.ask("request", transaction=transaction)["content"]["tasks"][0]["state"] == "RUNNING"


def test_two_transactions_of_a_context_do_not_touch_each_other(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready"), log_name="{transaction}-{id}.log") as provider:
        one = provider.ask("start", transaction="")["header"]["transaction"]
        two = provider.ask("start", transaction="")["header"]["transaction"]
        provider.good("stop", transaction=one)
        assert provider.ask("request", transaction=one)["content"]["tasks"][0]["state"] == "STOPPED"
        assert provider.ask("request", transaction=two)["content"]["tasks"][0]["state"] == "RUNNING"


def test_a_start_of_all_leaves_out_what_only_triggers_start(tmp_path: Path) -> None:
    later = service("later", "ready", entry=Transition.ON_EXIT)
    with running(tmp_path / "c", service("a", "ready"), later) as provider:
        assert set(provider.good("start")) == {"a"}
        assert provider.task("later")["state"] == "DEFINED"
        assert provider.good("start", "later")["later"]["state"] == "RUNNING"


def test_a_start_of_all_tells_of_what_only_others_need(tmp_path: Path) -> None:
    web = service("web", "ready", depends_on=("db",))
    with running(tmp_path / "c", web, service("db", "ready", entry=Transition.ON_EXIT)) as provider:
        assert list(provider.good("start")) == ["web", "db"]


def test_a_start_of_what_waits_starts_what_it_needs_and_tells_of_both(tmp_path: Path) -> None:
    """What it waits for was stopped, and would never have come."""
    web = service("web", "ready", depends_on=("db",))
    with running(tmp_path / "c", web, service("db", "late=3")) as provider:
        assert set(provider.good("start", "web", wait=False)) == {"web", "db"}
        provider.good("stop", "db")
        assert provider.task("web")["state"] == "STARTING"
        started = provider.good("start", "web")
        assert {id: task["state"] for id, task in started.items()} == {"web": "RUNNING", "db": "RUNNING"}
        assert set(provider.good("start", "web")) == {"web"}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"action": "dance"}, "usage"),
        ({"action": "start", "transaction": "short"}, "usage"),
        ({"action": "stop", "transaction": "X" * 20}, "unknown"),
        ({"action": "start", "service_id": "context999"}, "unknown"),
        ({"action": "start", "task_id": "nobody"}, "unknown"),
        ({"action": "stop", "task_id": ""}, "unknown"),
        ({"action": "start", "timeout": "long"}, "usage"),
        ({"action": "start", "timeout": True}, "usage"),
        ({"action": "start", "task_id": 7}, "usage"),
        ({"action": "top"}, "refused"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_kind(
    tmp_path: Path, fields: dict[str, object], kind: str
) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        provider.good("start")
        before = provider.good("request")
        told = provider.ask(**{"action": "", **fields})
        assert told["header"]["result"] == "failure"
        assert told["content"]["kind"] == kind
        assert provider.good("request") == before


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{\n", b"\xff\xfe\n", b'"start"\n', b"[" * 5_000 + b"\n"])
def test_a_line_that_is_no_command_is_refused(tmp_path: Path, line: bytes) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        assert speak(provider, line)["header"]["result"] == "failure"
        assert provider.good("start")["a"]["state"] == "RUNNING"


def test_an_endless_line_is_cut_off(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider, socket.socket(socket.AF_UNIX) as end:
        end.settimeout(10)
        end.connect(provider.launch.socket)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            end.sendall(b"x" * 10_000_000)
        assert provider.good("start")["a"]["state"] == "RUNNING"


def test_a_command_that_takes_too_long_is_told_and_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "late=1")) as provider:
        told = provider.ask("start", timeout=0.1)
        assert told["content"]["kind"] == "late"
        provider.until("a", "RUNNING")


def test_an_accepted_command_need_not_be_awaited(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a")) as provider:
        assert provider.good("start", wait=False)["a"]["state"] == "STARTING"


def test_a_start_of_what_runs_is_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        assert provider.good("start") == provider.good("start")
        assert len(provider.starts()) == 1


def test_no_success_is_told_while_a_wish_cannot_be_kept(tmp_path: Path) -> None:
    """And the services go on all the same."""
    gone = tmp_path / "gone"
    with running(tmp_path / "c", service("a", "ready"), wishes=str(gone / "wishes")) as provider:
        assert "cannot be kept" in provider.refused("start")
        assert provider.task("a")["state"] == "RUNNING"
        gone.mkdir()
        assert provider.good("start")["a"]["state"] == "RUNNING"
        assert json.loads((gone / "wishes").read_text()) == {TRANSACTION: {"a": "up"}}


def pids(provider: Provider) -> set[object]:
    """The processes of the services that run."""
    tasks = provider.ask("request")["content"]["tasks"]
    return {task["pid"] for task in tasks if task["state"] == "RUNNING"}


def test_a_reload_goes_on_to_the_last_service_although_nobody_waits(tmp_path: Path) -> None:
    """It was accepted without a wait, or its caller has gone: each service is replaced all the same."""
    each = [service(name, "ready", reload="restart") for name in ("a", "b", "c")]
    with running(tmp_path / "c", *each) as provider:
        provider.good("start")
        before = pids(provider)
        provider.good("reload", wait=False)
        until(lambda: len(pids(provider)) == 3 and pids(provider).isdisjoint(before))
        before = pids(provider)
        command = {"action": "reload", "transaction": TRANSACTION}
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(provider.launch.socket)
            end.sendall(json.dumps(command).encode() + b"\n")
        until(lambda: len(pids(provider)) == 3 and pids(provider).isdisjoint(before))


def test_a_reload_has_the_new_one_ready_before_the_old_one_ends(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "late=0.2", reload="overlap")) as provider:
        before = provider.good("start")["a"]
        after = provider.good("reload")["a"]
        assert after["pid"] != before["pid"]
        assert after["state"] == "RUNNING"
        assert provider.transitions("a") == ["STARTING", "RUNNING"]
        provider.good("stop")


def test_an_exit_ends_the_provider_after_its_acknowledgement(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        provider.good("start")
        assert provider.good("exit")["a"]["state"] == "STOPPED"
        assert provider.process.wait(10) == 0


def test_the_socket_is_its_users_alone(tmp_path: Path) -> None:
    with running(tmp_path / "c", service("a", "ready")) as provider:
        assert stat.S_IMODE(Path(provider.launch.socket).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_users_process_cannot_command_even_where_it_reaches_the_socket() -> None:
    """The kernel says who calls."""
    with (
        tempfile.TemporaryDirectory(prefix="ctx") as folder,
        running(Path(folder) / "c", service("a", "ready")) as provider,
    ):
        for path in (Path(folder), provider.folder, Path(provider.launch.socket)):
            path.chmod(0o777)
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        words = [*become, "/usr/bin/env", "python3", "-c", CALLER, provider.launch.socket]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 7, done.stderr
        assert f"user {NOBODY}" in (provider.folder / "supervisor.log").read_text()
        assert provider.good("start")["a"]["state"] == "RUNNING"


def test_the_supervisor_loads_nothing_but_the_standard_library() -> None:
    """Nor the room's own readers of XML, nor any of the program's libraries."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import barbican_like.contexts.supervisor; "
        "names = {name.partition('.')[0] for name in sys.modules}; "
        "print(sorted(names - sys.stdlib_module_names - {'barbican_like', '__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
