"""The threads that requests are worked on: few, and more only while some of them wait for something.

Most of a request is Python, of which one thread runs at a time, so more threads than a few cost and bring
nothing. But a thread that waits, for a lock, a database far away or a slow password hash, must not hold the
others: when requests wait for a thread, those that have been at one request for long do not count. What knows
that it waits says so (:func:`waiting`), and does not count from then on.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from queue import SimpleQueue
from typing import Final

from barbican_like.common.errors import Overloaded

Job = Callable[[], None]
_LONG: Final = 0.05
"""Seconds at one job after which a thread counts as waiting for something."""
_NEVER: Final = float("inf")
_LOOK: Final = 0.02
"""Seconds between looks, while jobs wait or there are more threads than the few."""


_LONG_AGO: Final = float("-inf")
_OWN = threading.local()
"""The crew of a thread."""


@contextmanager
def waiting() -> Iterator[bool]:
    """What stands inside waits, for seconds perhaps: others may have its turn.

    :return: whether they have: on threads of another server it changes nothing.
    """
    own: Crew | None = getattr(_OWN, "crew", None)
    with nullcontext() if own is None else own.replaced():
        yield own is not None


class Crew:
    """Works jobs in the order they come.

    :param few: threads that are always there.
    :param most: threads, with those that wait.
    :param waiting: jobs that may wait for a thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, few: int, most: int, waiting: int) -> None:
        self._loop = loop
        self._few = few
        self._most = max(few, most)
        self._waiting = waiting
        self._wanted = few
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._begun: dict[threading.Thread, float] = {}  # when its job began; endless while it has none
        self._lock = threading.Lock()
        self._looks = False
        for _ in range(few):
            self._add()

    def work(self, job: Job) -> None:
        """Have a job worked; called on the loop. The job raises nothing.

        :raises Overloaded: when as many wait as may.
        """
        if self._jobs.qsize() >= self._waiting:
            raise Overloaded("as many requests wait for a thread as may")
        self._jobs.put(job)
        self._begin_to_look()

    def is_idle(self) -> bool:
        """Whether no job is worked or waits."""
        return self._jobs.empty() and min(list(self._begun.values()), default=0.0) == _NEVER

    def stop(self) -> None:
        """End the threads, each after its job; returns at once."""
        with self._lock:
            self._wanted = 0
            for _ in self._begun:
                self._jobs.put(None)

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """On one of its threads, which waits meanwhile: another one takes its place."""
        own = threading.current_thread()
        with self._lock:
            self._begun[own] = _LONG_AGO
            if self._wanted:
                self._count_wanted()
                if self._wanted > len(self._begun):
                    self._add()
                self._loop.call_soon_threadsafe(self._begin_to_look)
        try:
            yield
        finally:
            self._begun[own] = time.monotonic()

    def _begin_to_look(self) -> None:
        if not self._looks:
            self._looks = True
            self._loop.call_later(_LOOK, self._look)

    def _count_wanted(self) -> None:
        late = time.monotonic() - _LONG
        held = sum(begun < late for begun in self._begun.values())
        self._wanted = min(self._few + held, self._most)

    def _look(self) -> None:
        with self._lock:
            if not self._wanted:
                return
            self._count_wanted()
            missing = self._wanted - len(self._begun)
            for _ in range(min(missing, self._jobs.qsize())):
                self._add()
        if self._jobs.empty():
            for _ in range(-missing):
                self._jobs.put(_nothing)  # a thread that is one too many leaves after it
        self._looks = len(self._begun) > self._few or not self._jobs.empty()
        if self._looks:
            self._loop.call_later(_LOOK, self._look)

    def _add(self) -> None:
        thread = threading.Thread(target=self._run, name="request", daemon=True)
        self._begun[thread] = _NEVER
        thread.start()

    def _run(self) -> None:
        _OWN.crew = self
        own, begun, jobs = threading.current_thread(), self._begun, self._jobs
        while (job := jobs.get()) is not None:
            begun[own] = time.monotonic()
            job()
            begun[own] = _NEVER
            if len(begun) > self._wanted and self._leave(own):
                return

    def _leave(self, own: threading.Thread) -> bool:
        with self._lock:
            if len(self._begun) <= self._wanted:
                return False
            del self._begun[own]
            return True


def _nothing() -> None:
    """A job that is done at once."""
