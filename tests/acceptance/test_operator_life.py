"""start, status, restart, stop: the life of instances, with real processes."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
import requests

from tests.acceptance.operator_tool import Operator, living
from tests.support.ports import free_port


@pytest.fixture
def operator(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Operator]:
    """An operator with a data folder that does not exist yet; ended with the test."""
    one = Operator(data=tmp_path_factory.mktemp("o") / "d", cwd=tmp_path)
    yield one
    one.run("stop")


@dataclass(frozen=True)
class Started:
    """An instance with two workers, and what its start said."""

    operator: Operator
    port: int
    told: str


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """One instance for the tests that leave it running as it was."""
    folder = tmp_path_factory.mktemp("life")
    one, port = Operator(data=folder / "d", cwd=folder), free_port()
    try:
        yield Started(one, port, one.good("start", "--port", str(port), "--workers", "2"))
    finally:
        one.run("stop")


def test_start_makes_all_it_needs_private_and_the_api_answers(started: Started) -> None:
    assert started.told.splitlines()[0] == f"barbican_like runs at http://localhost:{started.port}"
    with urlopen(f"http://127.0.0.1:{started.port}/healthcheck", timeout=5) as answer:
        assert answer.status == 200
    data = started.operator.data
    for path in [data, *data.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, (path, oct(mode))
    assert stat.S_IMODE((data / "master.key").stat().st_mode) & 0o777 == 0o600


def test_start_says_where_the_live_feed_is_and_it_answers_there(started: Started) -> None:
    address = f"localhost:{started.port + 1}"
    told = f"its live feed at http://{address}, websockets at ws://{address}/api/v1/live"
    assert started.told.splitlines()[1] == told
    answer = requests.get(
        f"http://{address}/api/v1/activity/changes", headers={"X-Project-Id": "demo"}, timeout=30
    )
    assert answer.json()["last_seq"] >= 0
    shown = started.operator.status()
    assert shown["live"] == f"http://{address}"
    assert {one["port"] for one in shown["listening"]} == {started.port, started.port + 1}


def test_start_says_where_the_page_is_and_it_is_there(started: Started) -> None:
    address = f"http://localhost:{started.port}/ui/"
    assert started.told.splitlines()[2] == f"its page at {address}"
    assert "<title>Key manager</title>" in requests.get(address, timeout=30).text


def test_the_port_of_the_live_feed_is_looked_at_before_anything_is_started(
    started: Started, tmp_path: Path
) -> None:
    other = Operator(data=tmp_path / "o", cwd=tmp_path)
    port = free_port()
    taken = other.refused("start", "--port", str(port), "--live-port", str(started.port))
    assert f"port {started.port} on 127.0.0.1 is taken: choose another with --live-port" in taken
    assert "choose with --live-port" in other.refused("start", "--port", str(port), "--live-port", str(port))
    everywhere = tmp_path / "everywhere.conf"
    everywhere.write_text("[live]\nhost = 0.0.0.0\n")
    assert "host 0.0.0.0 can be reached from other machines" in other.refused(
        "start", "--port", str(port), "--config", str(everywhere)
    )
    assert other.pids() == set()


def test_a_second_start_says_it_runs_and_changes_nothing(started: Started) -> None:
    before = started.operator.pids()
    told = started.operator.good("start", "--port", str(free_port()))
    assert f"already runs at http://localhost:{started.port}" in told
    assert f"its page at http://localhost:{started.port}/ui/" in told
    assert started.operator.pids() == before


def test_status_tells_role_pid_state_and_age_of_each_process(started: Started) -> None:
    shown = started.operator.status()
    assert shown["state"] == "running"
    roles = {"supervisor", "api", "live", "worker", "transfer_worker"}
    assert roles == {row["role"] for row in shown["processes"]}
    assert {"worker-1", "worker-2"} <= {row["name"] for row in shown["processes"]}
    for row in shown["processes"]:
        assert psutil.pid_exists(row["pid"])
        assert row["state"] in {"STARTING", "RUNNING"}
        assert 0 <= row["age_seconds"] < 600
    lines = started.operator.good("status").splitlines()
    assert len(lines) == 2 + len(shown["processes"]) + len(shown["listening"])


def test_a_restart_that_cannot_work_leaves_the_instance_running(started: Started, tmp_path: Path) -> None:
    operator, before = started.operator, started.operator.pids()
    broken = tmp_path / "broken.conf"
    broken.write_text("[api]\nthreads = none\n")
    assert "threads" in operator.refused("restart", "--config", str(broken))
    with socket.create_server(("127.0.0.1", 0)) as holder:
        assert "is taken" in operator.refused("restart", "--port", str(holder.getsockname()[1]))
    assert operator.pids() == before


def test_what_start_leaves_behind_is_in_sessions_of_its_own(started: Started) -> None:
    """Closing the terminal, which signals the group of the start, does not end it."""
    assert all(os.getsid(pid) != os.getsid(0) for pid in started.operator.pids())


@pytest.mark.parametrize("role", ["api", "worker"])
def test_a_killed_process_comes_back(started: Started, role: str) -> None:
    operator = started.operator
    killed = {row["pid"] for row in operator.status()["processes"] if row["name"] in {"api", "worker-1"}}
    killed &= operator.pids(role)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    # Each question takes a process of its own, so this neither spins nor needs to sleep.
    for _ in range(100):
        now = operator.pids(role)
        if now and not now & killed and operator.status()["state"] == "running":
            break
    else:
        pytest.fail(f"{role} did not come back: {operator.status()}")


def wait_for_end(pids: set[int]) -> None:
    """Until none of them lives."""
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in living(pids)], timeout=30)
    assert not alive


def test_status_of_what_was_never_started_ends_with_3(operator: Operator) -> None:
    assert operator.run("status").returncode == 3


def test_stop_ends_every_process_of_its_instance_and_of_no_other(operator: Operator, tmp_path: Path) -> None:
    other = Operator(data=tmp_path / "o", cwd=tmp_path)
    try:
        operator.good("start", "--port", str(free_port()))
        other.good("start", "--port", str(free_port()))
        mine, others = operator.pids(), other.pids()
        assert not mine & others
        operator.good("stop")
        assert not living(mine)
        assert living(others) == others
        assert operator.run("status").returncode == 3
        assert other.run("status").returncode == 0
    finally:
        other.run("stop")


def test_what_a_killed_supervisor_leaves_does_not_stand_in_the_way_of_a_start(operator: Operator) -> None:
    operator.good("start", "--port", str(free_port()))
    before = operator.pids()
    os.kill(int((operator.data / "run" / "supervisor.pid").read_text()), signal.SIGKILL)
    operator.good("start", "--port", str(free_port()))
    assert not living(before)
    assert operator.status()["state"] == "running"


def test_reload_replaces_the_processes_and_not_the_supervisor(operator: Operator) -> None:
    operator.good("start", "--port", str(free_port()), "--workers", "2")
    supervisor, before = operator.pids("supervisor"), operator.pids()
    operator.good("reload", "worker-1")
    after = operator.pids()
    assert len(before - after) == 1
    operator.good("reload")
    assert operator.pids() & before == supervisor
    assert operator.status()["state"] == "running"
    assert "no task keystone" in operator.refused("reload", "keystone")


def test_reload_of_what_does_not_run_says_so(operator: Operator) -> None:
    operator.good("start", "--port", str(free_port()))
    operator.good("stop")
    assert operator.run("reload").returncode == 3


def test_stop_of_what_does_not_run_is_no_error(operator: Operator) -> None:
    assert "does not run" in operator.good("stop")


def test_a_stopped_instance_starts_again_with_its_key(operator: Operator) -> None:
    operator.good("start", "--port", str(free_port()))
    key = (operator.data / "master.key").read_bytes()
    operator.good("stop")
    operator.good("start", "--port", str(free_port()))
    assert (operator.data / "master.key").read_bytes() == key


def test_restart_keeps_the_settings_and_takes_new_ones(operator: Operator) -> None:
    port = free_port()
    operator.good("start", "--port", str(port), "--workers", "2")
    before = operator.pids()
    assert f"http://localhost:{port}" in operator.good("restart", "--workers", "1")
    assert not before & operator.pids()
    assert operator.status()["address"] == f"http://localhost:{port}"
    assert len(operator.pids("worker")) == 1


def test_flags_win_over_files_and_a_later_file_over_an_earlier(operator: Operator, tmp_path: Path) -> None:
    early, late, said = free_port(), free_port(), free_port()
    (tmp_path / "early.conf").write_text(f"[api]\nport = {early}\nworkers = 1\n")
    (tmp_path / "late.conf").write_text(f"[api]\nport = {late}\n")
    files = ("--config", "early.conf", "--config", "late.conf")
    assert f"http://localhost:{late}" in operator.good("start", *files)
    operator.good("stop")
    assert f"http://localhost:{said}" in operator.good("start", *files, "--port", str(said))


def test_in_standalone_mode_there_is_no_worker(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "alone.conf").write_text("[queue]\nenable = false\n")
    operator.good("start", "--port", str(free_port()), "--config", "alone.conf")
    assert not operator.pids("worker")
    assert operator.pids("api")


def test_the_environment_names_port_and_folder(tmp_path: Path) -> None:
    port = free_port()
    one = Operator(data=tmp_path / "d", cwd=tmp_path, environment={"BARBICAN_PORT": str(port)})
    try:
        assert f"http://localhost:{port}" in one.good("start")
    finally:
        one.run("stop")


def test_what_a_killed_supervisor_leaves_is_shown_and_ended(operator: Operator) -> None:
    """One that cannot hear of its supervisor's end; the others end by themselves."""
    operator.good("start", "--port", str(free_port()))
    before = operator.pids()
    (worker,) = operator.pids("worker")
    os.kill(worker, signal.SIGSTOP)
    os.kill(int((operator.data / "run" / "supervisor.pid").read_text()), signal.SIGKILL)
    wait_for_end(before - {worker})
    status = operator.run("status")
    assert status.returncode == 1
    assert "left over" in status.stdout
    operator.good("stop")
    assert not living(before)
    assert operator.run("status").returncode == 3


def test_a_listener_elsewhere_on_the_same_port_number_is_found(operator: Operator) -> None:
    """A port is taken whoever holds it; the line names it and the way out, and nothing is started."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        line = operator.refused("start", "--port", str(port))
    assert f"port {port} on 127.0.0.1 is taken" in line
    assert "--port" in line
    assert operator.run("status").returncode == 3
    assert not (operator.data / "master.key").exists()
