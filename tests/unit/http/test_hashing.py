"""The thread for hashes of passwords: one at a time, few that wait, and who waits holds nobody."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from barbican_like.common.errors import Overloaded
from barbican_like.http.edge.crew import Crew
from barbican_like.http.middleware.hashing import Hashing
from barbican_like.http.middleware.holding import Holding


class Bench:
    """Jobs that wait until they are let go."""

    def __init__(self, hashing: Hashing) -> None:
        self.hashing = hashing
        self.let_go = threading.Event()
        self.at_once: list[int] = []
        self._running = 0
        self._callers = ThreadPoolExecutor(32)

    def bring(self, caller: str, what: bytes = b"") -> Future[str]:
        return self._callers.submit(self.hashing.work, caller, what or os.urandom(8), self._job)

    def _job(self) -> str:
        self._running += 1
        self.at_once.append(self._running)
        assert self.let_go.wait(20)
        self._running -= 1
        return threading.current_thread().name


def test_one_is_worked_at_a_time_and_more_than_may_wait_are_refused() -> None:
    bench = Bench(Hashing(most=4, of_one=9))
    jobs = [bench.bring("a") for _ in range(10)]
    done: set[Future[str]] = set()
    while len(done) < 6:
        done = {job for job in jobs if job.done()}
    assert all(isinstance(job.exception(), Overloaded) for job in done)
    bench.let_go.set()
    names = {job.result(20) for job in jobs if job not in done}
    assert (len(names), set(bench.at_once)) == (1, {1})


def test_one_caller_leaves_room_for_others() -> None:
    bench = Bench(Hashing(most=4, of_one=2))
    mine = [bench.bring("a") for _ in range(10)]
    while sum(job.done() for job in mine) < 8:
        pass
    other = bench.bring("b")
    bench.let_go.set()
    assert other.result(20)
    assert sum(job.exception(20) is None for job in mine) == 2


def test_jobs_of_one_name_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a client begins with many connections at once: each has its answer, and one hash is made."""
    all_wait = threading.Barrier(9)

    @contextmanager
    def waiting() -> Iterator[None]:
        all_wait.wait(20)
        yield

    monkeypatch.setattr("barbican_like.http.edge.crew.waiting", waiting)
    bench = Bench(Hashing(most=4, of_one=1, waiting=8))
    mine = [bench.bring("a", b"the same") for _ in range(10)]
    while sum(job.done() for job in mine) < 2:
        pass
    all_wait.wait(20)
    bench.let_go.set()
    assert sum(job.exception(20) is None for job in mine) == 8
    assert bench.at_once == [1]


def test_what_a_job_raises_is_raised() -> None:
    def fails() -> None:
        raise KeyError("mine")

    hashing = Hashing()
    for _ in range(20):  # and each leaves its place
        with pytest.raises(KeyError, match="mine"):
            hashing.work("a", b"x", fails)


def test_who_is_refused_is_held_only_where_others_take_the_place() -> None:
    """On other threads than a crew's, and with as many held as may be, the answer goes out at once."""
    holding = Holding(seconds=3600, most=1)
    for _ in range(3):
        holding.hold()
    held, told = threading.Event(), threading.Event()

    def first() -> None:
        held.set()
        holding.hold()

    def second() -> None:
        holding.hold()
        told.set()

    async def both() -> None:
        crew = Crew(asyncio.get_running_loop(), few=1, most=2, waiting=4)
        crew.work(first)
        assert await asyncio.to_thread(held.wait, 20)
        crew.work(second)
        assert await asyncio.to_thread(told.wait, 20)
        holding._never.set()
        crew.stop()

    asyncio.run(asyncio.wait_for(both(), 60))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_it_stands_back_for_those_that_serve() -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert Hashing().work("a", b"x", nice) > nice()
