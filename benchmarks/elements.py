"""What a transfer job costs beside the transfer: milliseconds an element, with made-up sites.

    python -m benchmarks.elements --files 100000 --connections 4

One process has the application and the worker, on SQLite, and nothing is moved. Told are the seconds of the
expansion (in which element 0 finds all files, while other connections may work the first of them), the
milliseconds of wall clock and of processor time an element, the memory at a tenth of the way and at the end,
medians of what a user asks meanwhile and afterwards, and how long a cancellation takes of another such job.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from barbican_like import bootstrap
from barbican_like.workqueue.kinds import LANE
from tests.support.application import Instance
from tests.support.transfers import Mover, mover, moving

_NEVER = threading.Event()
_LOOK = 0.02  # seconds between two looks at the job's row
_ASKS = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.elements", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--files", type=int, default=100_000, metavar="N")
    parser.add_argument("--connections", type=int, default=4, metavar="N", help="of the link")
    parser.add_argument("--size", type=int, default=0, metavar="N", help="bytes of each file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, moving(Path(folder), worker=False) as instance:
        someone = mover(instance)
        limits = {"limits": {"connections": 100, "per_link": given.connections}}
        sites = (
            someone.site("from", f"dummy://any/?files={given.files}&size={given.size}", **limits),
            someone.site("to", "dummy://any/", **limits),
        )
        _run(instance, someone, sites, given)


def _run(instance: Instance, someone: Mover, sites: tuple[int, int], given: argparse.Namespace) -> None:
    job = _copy(someone, sites)
    worker = bootstrap.new_lane_worker(instance.runtime, {LANE: given.connections})
    begun, busy = time.monotonic(), _worked()
    worker.start()
    try:
        expanded = _until(lambda: someone.job(job).expanded) - begun
        early = _memory() if _until(lambda: someone.job(job).counters.done > given.files // 10) else 0.0
        meanwhile = _asked(someone, job)
        ended = _until(lambda: someone.job(job).has_ended) - begun
        busy = _worked() - busy
        late = _memory()
        someone.check_counters(job)
        cancelled = _cancel(someone, sites)
    finally:
        worker.stop()
    number = given.files + 1
    print(f"{given.files} files over {given.connections} connections")
    print(f"  expansion                   {expanded:8.2f} s")
    print(f"  all                         {ended:8.2f} s")
    print(f"  an element                  {ended / number * 1000:8.3f} ms of wall clock")
    print(f"                              {busy / number * 1000:8.3f} ms of processor time")
    print(f"  memory, a tenth done / end  {early:8.0f} MiB / {late:.0f} MiB")
    for name, asked in (("meanwhile", meanwhile), ("afterwards", _asked(someone, job))):
        print(f"  {name:<12} status {asked[0]:6.2f} ms, a page of 100 {asked[1]:6.2f} ms")
    print(f"  cancelled at work after     {cancelled:8.2f} s")


def _copy(someone: Mover, sites: tuple[int, int]) -> int:
    body = {"src_siteid": sites[0], "dst_siteid": sites[1], "src_filepath": "a", "dst_filepath": "b"}
    return int(someone.post("/copy", body)["id"])


def _cancel(someone: Mover, sites: tuple[int, int]) -> float:
    """Seconds from the request until nothing of a job of the same size is left, once a tenth is done."""
    job = _copy(someone, sites)
    _until(lambda: someone.job(job).expanded or someone.job(job).has_ended)
    begun = time.monotonic()
    someone.post(f"/jobs/{job}/cancel")
    return _until(lambda: someone.job(job).has_ended) - begun


def _asked(someone: Mover, job: int) -> tuple[float, float]:
    """Medians in milliseconds: the job's status, a page of a hundred elements."""
    return tuple(  # type: ignore[return-value]
        statistics.median(_milliseconds(someone, path) for _ in range(_ASKS))
        for path in (f"/jobs/{job}/status", f"/jobs/{job}/elements?limit=100&marker=500")
    )


def _milliseconds(someone: Mover, path: str) -> float:
    begun = time.perf_counter()
    someone.get(path)
    return (time.perf_counter() - begun) * 1000


def _until(look: Callable[[], bool]) -> float:
    """When it was seen to be so, of the monotonic clock."""
    while not look():
        _NEVER.wait(_LOOK)
    return time.monotonic()


def _worked() -> float:
    """Seconds of processor time of all threads but this one, which only asks."""
    return time.process_time() - time.thread_time()


def _memory() -> float:
    """MiB of this process."""
    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
