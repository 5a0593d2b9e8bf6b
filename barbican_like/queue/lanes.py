"""A lane: threads that work some kinds of tasks only, so that a kind that hangs harms its own lane."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from barbican_like.common import log
from barbican_like.queue.run import Run

_LOG = logging.getLogger(__name__)


class Job:
    """Runs of one kind that a thread works together."""

    __slots__ = ("abandoned", "runs")

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.abandoned = False  # its thread hangs, and has been replaced


class Lane:
    """Threads with a queue.

    :param name: of the lane, in the threads' names.
    :param threads: jobs worked at once.
    :param work: does a job; it raises nothing.
    :param on_room: called from a thread when a job that was refused before could be put now.
    :param ahead: whether as many again may wait as are worked, so that no thread ever waits for its next.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        work: Callable[[Sequence[Run]], None],
        on_room: Callable[[], None],
        *,
        ahead: bool = False,
    ) -> None:
        self.name = name
        self._threads = threads
        self._most = 2 * threads if ahead else threads
        self._work = work
        self._on_room = on_room
        self._waiting: deque[Job] = deque()
        self._busy: set[Job] = set()
        self._hungry = False
        self._stopped = False
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start the threads. They are daemons: one that hangs for ever must not keep the process."""
        for _ in range(self._threads):
            self._start_thread()

    def room(self) -> int:
        """How many jobs it takes now; where that is none, ``on_room`` tells of the next."""
        with self._changed:
            room = self._most - len(self._waiting) - len(self._busy)
            self._hungry = self._hungry or room <= 0
            return max(0, room)

    def expect_more(self) -> None:
        """There was more than the lane had room for: ``on_room`` tells when there is."""
        with self._changed:
            self._hungry = True

    def put(self, runs: Sequence[Run]) -> None:
        """Let a thread work these together."""
        with self._changed:
            self._waiting.append(Job(runs))
            self._changed.notify()

    def stop(self, timeout: float) -> bool:
        """Take nothing new and wait for what is at work; False when something still is then."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            deadline = time.monotonic() + timeout
            return self._changed.wait_for(lambda: not self._busy, max(0.0, deadline - time.monotonic()))

    def jobs(self) -> list[Job]:
        """What is at work."""
        with self._changed:
            return list(self._busy)

    def abandon(self, job: Job) -> None:
        """Give up the thread of a job that hangs, and start another in its place."""
        with self._changed:
            if job not in self._busy:
                return
            job.abandoned = True
            self._busy.remove(job)
        log.event(_LOG, "lane.thread_abandoned", logging.ERROR, lane=self.name, tasks=len(job.runs))
        self._start_thread()

    def _start_thread(self) -> None:
        threading.Thread(target=self._serve, name=f"lane-{self.name}", daemon=True).start()

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._work(job.runs)
            except Exception:  # noqa: BLE001  boundary: a thread of a lane must live
                _LOG.exception("lane.crashed lane=%s", self.name)
            if self._end(job):
                return

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            if self._stopped:
                return None
            job = self._waiting.popleft()
            self._busy.add(job)
            return job

    def _end(self, job: Job) -> bool:
        """Note the end of a job; whether its thread was replaced meanwhile and must end."""
        with self._changed:
            if job.abandoned:
                return True
            self._busy.discard(job)
            tell, self._hungry = self._hungry, False
            self._changed.notify_all()
        if tell:
            self._on_room()
        return False
