"""logs and demo on a running instance, and how long a start takes."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.operator_tool import ROOT, Operator
from tests.support.ports import free_port

LATER_START_SECONDS = 6  # 2 to 4 s were measured


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """One instance for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("views")
    one = Operator(data=folder / "d", cwd=folder)
    one.good("start", "--port", str(free_port()))
    yield one
    one.good("stop")


def test_the_demo_stores_reads_lists_and_orders(running: Operator) -> None:
    told = running.good("demo")
    for words in ("identical", "in the list", "AES-256 key, ACTIVE", "RSA-2048 pair, ACTIVE", "public_key"):
        assert words in told
    assert "correct horse" not in told


def test_the_demo_of_a_stopped_instance_says_how_to_start(tmp_path: Path) -> None:
    done = Operator(data=tmp_path / "d", cwd=tmp_path).run("demo")
    assert done.returncode == 3
    assert "start it first" in done.stderr


def test_logs_shows_all_or_one(running: Operator) -> None:
    assert "supervisor started with pid" in running.good("logs")
    assert "supervisor started with pid" in running.good("logs", "supervisor")
    assert "==> " not in running.good("logs", "worker-1")


def test_a_log_that_is_not_there_is_named_with_those_that_are(running: Operator) -> None:
    done = running.run("logs", "keystone")
    assert done.returncode == 3
    assert "no log named keystone" in done.stderr
    assert "worker-1" in done.stderr


def test_logs_follows_new_lines(running: Operator) -> None:
    """A line that is written after `logs -f` began is shown."""
    command = [str(ROOT / "bin" / "barbican.sh"), "logs", "--data", str(running.data), "-f", "-n", "1", "api"]
    environment = os.environ | {"BARBICAN_PYTHON": running.python or ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as follower:
        with (running.data / "log" / "api.log").open("a") as log:
            log.write("a line of the test\n")
        assert follower.stdout is not None
        assert any("a line of the test" in line for line in follower.stdout)
        follower.terminate()


def test_status_shows_the_processes_that_listen(running: Operator) -> None:
    """The API's serving processes and the gateway, each with its pid; every one is one of the table's."""
    told = json.loads(running.good("status", "--json"))
    heard = told["listening"]
    port = int(told["address"].rpartition(":")[2])
    assert {one["port"] for one in heard} == {port, port + 1}
    assert all(one["ours"] and one["address"] == "127.0.0.1" for one in heard)
    roles = {process["pid"]: process["role"] for process in told["processes"]}
    assert {(roles[one["pid"]], one["port"]) for one in heard} == {("api", port), ("live", port + 1)}
    assert "is listened on by api" in running.good("status")


def test_status_shows_a_listener_that_nobody_supervises(tmp_path: Path) -> None:
    """What took the port after a stop, and what has another address of it beside an instance that runs."""
    one, port = Operator(data=tmp_path / "d", cwd=tmp_path), free_port()
    one.good("start", "--port", str(port))
    try:
        with socket.create_server(("127.0.0.2", port)):
            beside = [
                heard for heard in json.loads(one.good("status", "--json"))["listening"] if not heard["ours"]
            ]
        assert [(heard["address"], heard["pid"]) for heard in beside] == [("127.0.0.2", os.getpid())]
    finally:
        one.good("stop")
    with socket.create_server(("127.0.0.1", port)):
        done = one.run("status")
    assert done.returncode == 3
    assert f"127.0.0.1:{port} is listened on by pid {os.getpid()} (" in done.stdout


@pytest.mark.timed
def test_a_later_start_takes_few_seconds(tmp_path: Path) -> None:
    one = Operator(data=tmp_path / "d", cwd=tmp_path)
    times = []
    try:
        for _ in range(3):
            begun = time.monotonic()
            one.good("start", "--port", str(free_port()))
            times.append(time.monotonic() - begun)
            one.good("stop")
        assert min(times[1:]) < LATER_START_SECONDS, times
    finally:
        one.run("stop")
