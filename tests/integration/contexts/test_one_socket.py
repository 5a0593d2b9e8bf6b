"""Contexts whose endpoints have one port have one command socket: only one of them has a provider."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.desk import lock_beside
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.generator.make import make
from barbican_like.contexts.launch import Launch, read_launch
from barbican_like.contexts.provide import prepare
from tests.support.contexts.supervised import echo_plan
from tests.support.ports import free_port
from tests.support.provider import Provider, running, service


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder whose path leaves room for the names of sockets, as that of a test may not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("lock", ["kept", "removed"])
def test_a_second_supervisor_does_not_take_the_socket_of_a_first(tmp_path: Path, lock: str) -> None:
    """The first one goes on taking commands there, also where a cleaner of /tmp has removed its lock file."""
    with running(tmp_path / "a", service("a", "ready")) as first:
        pid = first.good("start")["a"]["pid"]
        if lock == "removed":
            lock_beside(Path(first.launch.socket)).unlink()
        second = Provider.make(tmp_path / "b", service("b", "ready"), socket=first.launch.socket)
        with closing(second), pytest.raises(AssertionError, match="has ended"):
            second.launch_only()
        assert first.task("a")["pid"] == pid


def test_the_socket_of_a_dead_supervisor_is_replaced(tmp_path: Path) -> None:
    """Also by the supervisor of another context."""
    with running(tmp_path / "a", service("a", "ready")) as first:
        first.kill()
        assert Path(first.launch.socket).is_socket()
        second = Provider.make(tmp_path / "b", service("b", "ready"), socket=first.launch.socket)
        with closing(second):
            second.launch_only()
            assert second.good("start")["b"]["state"] == "RUNNING"


def test_a_context_is_refused_while_another_takes_commands_by_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Path
) -> None:
    """Though the addresses differ, so that the ports are free."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    ports = (free_port(), free_port())

    def prepared(address: str) -> Launch:
        folder = tmp_path / address
        folder.mkdir()
        plan = replace(echo_plan(folder, ports=ports), server_ip=address)
        make(plan)
        return read_launch(prepare(plan.context_file, read_context(plan.context_file)))

    launch = prepared("127.0.0.1")
    first = Provider(tmp_path / "127.0.0.1", replace(launch, bus=None))
    with closing(first):
        first.launch_only()
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.2:{ports[1]}: .*{ports[1]}\.sock"):
            prepared("127.0.0.2")
