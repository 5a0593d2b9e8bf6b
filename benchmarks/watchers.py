"""What open websockets cost the gateway, and how soon one change is with all who watch.

    python -m benchmarks.watchers [--idle N] [--watching N] [--changes N]

Starts barbican-live as a process. Prints its memory for each idle connection, in KiB of its proportional set
(PSS), and milliseconds from a commit until the first, the median and the last of the watchers has the change.
Ends with 1 where an idle connection takes more than the bound.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil

from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller

MOST_KIB: Final = 20.0
"""Of an idle connection."""

_LISTENING: Final = re.compile(r"live\.listening host=127\.0\.0\.1 port=(\d+)")
_HEADERS: Final = {"X-Project-Id": "benchmark", "X-User-Id": "alice"}
_WATCH: Final = {"command": "watch", "object": "secrets"}
_AT_ONCE: Final = 50  # handshakes
_SOON: Final = 120.0  # seconds


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.watchers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--idle", type=int, default=4_900, help="connections that only wait")
    parser.add_argument("--watching", type=int, default=1_000, help="connections that watch")
    parser.add_argument("--changes", type=int, default=10)
    chosen = parser.parse_args()
    _allow_files(chosen.idle + chosen.watching)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(prepare(Path(folder), "[live]\nport = 0"), worker=False) as instance,
        _gateway(Path(folder)) as (process, port),
    ):
        each = asyncio.run(_idle(process, port, chosen.idle))
        print(f"idle: {each:.1f} KiB a connection, {chosen.idle} of them; bound {MOST_KIB:.0f}")
        caller = instance.caller("benchmark", X_User_Id="alice")
        took = asyncio.run(_spread(port, instance, caller, chosen))
        for name, values in zip(("first", "median", "last"), zip(*took, strict=True), strict=True):
            print(f"one change to {chosen.watching}: {name:6} {statistics.median(values):7.1f} ms")
    return int(each > MOST_KIB)


def _allow_files(number: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 500
    if most != resource.RLIM_INFINITY and most < wanted:
        raise SystemExit(
            f"{wanted} open files are needed, and this machine allows {most}: use smaller numbers"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def _gateway(folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """The process and its port."""
    words = [sys.executable, "-m", "barbican_like.cmd.live", "--config-file", str(folder / "barbican.conf")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr or ():
                if found := _LISTENING.search(line):
                    yield psutil.Process(process.pid), int(found[1])
                    break
            else:
                raise SystemExit("the gateway ended before it listened")
        finally:
            process.terminate()


async def _open(session: aiohttp.ClientSession, port: int, number: int) -> list[Any]:
    """So many websockets that have an answer already."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Any:
        async with gate:
            socket = await session.ws_connect(f"http://127.0.0.1:{port}/api/v1/live", headers=_HEADERS)
            await socket.send_json(_WATCH)
            await socket.receive(_SOON)
            return socket

    return await asyncio.gather(*(one() for _ in range(number)))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _idle(process: psutil.Process, port: int, number: int) -> float:
    """KiB of the gateway for each connection that watches and gets nothing."""
    async with _session() as session:
        kept = await _open(session, port, _AT_ONCE)  # what the first ones load is no one's
        before = process.memory_full_info().pss
        kept += await _open(session, port, number)
        after = process.memory_full_info().pss
        await asyncio.gather(*(socket.close() for socket in kept))
    return float(after - before) / number / 1024


async def _spread(
    port: int, instance: Instance, caller: Caller, chosen: argparse.Namespace
) -> list[tuple[float, float, float]]:
    """Milliseconds from each commit until the first, the median and the last watcher has it."""
    took = []
    async with _session() as session:
        sockets = await _open(session, port, chosen.watching)
        for _ in range(chosen.changes):
            arrivals = asyncio.gather(*(_arrival(socket) for socket in sockets))
            committed: list[float] = []
            with _noting(instance, committed):
                await asyncio.to_thread(caller.new_secret, name="x")
            times = sorted(1000 * (arrival - committed[0]) for arrival in await arrivals)
            took.append((times[0], statistics.median(times), times[-1]))
        await asyncio.gather(*(socket.close() for socket in sockets))
    return took


async def _arrival(socket: Any) -> float:
    await socket.receive(_SOON)
    return time.perf_counter()


@contextmanager
def _noting(instance: Instance, committed: list[float]) -> Iterator[None]:
    """Notes when a transaction is committed."""
    database = instance.runtime.database
    observers = database.observers

    def note(uow: Any, _notices: object) -> None:
        uow.after_commit(lambda: committed.append(time.perf_counter()))

    database.observers = (note, *observers)
    try:
        yield
    finally:
        database.observers = observers


if __name__ == "__main__":
    sys.exit(main())
