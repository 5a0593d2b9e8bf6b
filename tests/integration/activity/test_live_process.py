"""barbican-live as a process: it starts, is woken by other processes' commits, ends when told to."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import aiohttp
import pytest

from barbican_like import rooms
from barbican_like.cmd import live as command
from barbican_like.common import log
from tests.support.application import Instance, prepare, running
from tests.support.caller import id_of
from tests.support.live import Client, meanwhile

LISTENING = re.compile(r"live\.listening host=127\.0\.0\.1 port=(\d+)")


@contextmanager
def gateway(folder: Path, *before: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port.

    :param before: words of a command that runs it.
    """
    words = [
        *before,
        sys.executable,
        "-m",
        "barbican_like.cmd.live",
        "--config-file",
        str(folder / "barbican.conf"),
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := LISTENING.search(line):
                    yield process, int(found[1])
                    break
            else:
                raise AssertionError("it ended before it listened")
        finally:
            process.kill()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Instance]:
    """The API of the same data folder, in this process."""
    with running(prepare(tmp_path, "[live]\nport = 0"), worker=False) as started:
        yield started


async def follow(port: int, writer: Instance, changes: int) -> list[float]:
    """Seconds from the answer to each change until its row was there."""
    alice = writer.caller("demo")
    took = []
    async with aiohttp.ClientSession() as session:
        client = Client(port, session, {"X-Project-Id": "demo"})
        async with client.socket() as socket:
            await socket.ask("watch", object="secrets")
            for _ in range(changes):
                path = await meanwhile(alice.new_secret, name="x")
                begun = time.monotonic()
                assert (await socket.next())["data"]["object"]["id"] == id_of(path)
                took.append(time.monotonic() - begun)
    return sorted(took)


def test_it_brings_what_other_processes_commit_and_ends_well(tmp_path: Path, writer: Instance) -> None:
    with gateway(tmp_path) as (process, port):
        assert len(asyncio.run(follow(port, writer, 3))) == 3
        assert [path.suffix for path in (tmp_path / "run" / "feed").iterdir()] == [".sock"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert list((tmp_path / "run" / "feed").iterdir()) == []


FEW_FILES = ("sh", "-c", 'ulimit -S -n 256 && exec "$@"', "sh")


def test_it_has_more_connections_than_files_are_usually_allowed(tmp_path: Path, writer: Instance) -> None:
    async def crowd(port: int) -> int:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, AsyncExitStack() as opened:
            client = Client(port, session, {"X-Project-Id": "demo"})
            sockets = [await opened.enter_async_context(client.socket()) for _ in range(400)]
            return len([await one.ask("unwatch", object="secrets") for one in sockets])

    with gateway(tmp_path, *FEW_FILES) as (_process, port):
        assert asyncio.run(asyncio.wait_for(crowd(port), 60)) == 400


@pytest.mark.timed
def test_a_commit_is_with_its_watchers_at_once(tmp_path: Path, writer: Instance) -> None:
    """Without the wake-ups it would take an eighth of a second."""
    with gateway(tmp_path) as (_process, port):
        took = asyncio.run(follow(port, writer, 100))
    assert took[50] < 0.1
    assert took[98] < 0.2


def test_it_is_not_offered_to_other_machines_without_authentication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log, "configure", lambda *, debug: None)
    prepare(tmp_path, "[live]\nhost = 0.0.0.0")
    assert command.main(["--config-file", str(tmp_path / "barbican.conf")]) == 2
    assert "[live] host 0.0.0.0 can be reached by other machines" in capsys.readouterr().err


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, writer: Instance) -> None:
    with gateway(tmp_path) as (_process, port):
        file = tmp_path / "second.conf"
        file.write_text(f"[DEFAULT]\ndata_dir = {tmp_path}\n[live]\nport = {port}\n")
        words = [sys.executable, "-m", "barbican_like.cmd.live", "--config-file", str(file)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 2
    assert f"[live] 127.0.0.1:{port}: Address already in use" in done.stderr


def test_the_supervisor_keeps_it_where_it_is_wanted(tmp_path: Path) -> None:
    for wanted in ("true", "false"):
        (tmp_path / wanted).mkdir()
        conf = prepare(tmp_path / wanted, f"[live]\nenable = {wanted}")
        (program,) = (one for one in rooms.programs() if one.module == command.__name__)
        assert program.count(conf) == (wanted == "true")
