"""A thread for what takes long and can wait: hashes of passwords, one after the other."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from barbican_like.common.errors import Overloaded
from barbican_like.http.edge import crew

T = TypeVar("T")
_BUSY: Final = "as many passwords wait to be looked at as may"
_NICE: Final = 10
"""How much the thread stands back for those that serve (nice(1))."""


class Hashing:
    """Works jobs on one thread of low priority, whatever number of requests brings them.

    :param most: jobs that are worked or wait.
    :param of_one: the same, of one caller.
    :param waiting: requests that wait for them, a thread each.
    """

    def __init__(self, *, most: int = 8, of_one: int = 4, waiting: int = 16) -> None:
        self._most = most
        self._of_one = of_one
        self._places = threading.BoundedSemaphore(waiting)
        self._jobs: dict[tuple[str, bytes], Future[Any]] = {}
        self._lock = threading.Lock()
        # Its thread begins with the first job.
        self._thread = ThreadPoolExecutor(1, "hashing", initializer=_stand_back)

    def work(self, caller: str, what: bytes, job: Callable[[], T]) -> T:
        """What the job returns or raises.

        :param what: names the job among the caller's; those of one name that come meanwhile are one.
        :raises Overloaded: when as many wait as may.
        """
        if not self._places.acquire(blocking=False):
            raise Overloaded(_BUSY)
        try:
            done: Future[T] = self._begun((caller, what), job)
            with crew.waiting():
                return done.result()
        finally:
            self._places.release()

    def _begun(self, key: tuple[str, bytes], job: Callable[[], T]) -> Future[T]:
        with self._lock:
            known = self._jobs.get(key)
            if known is not None:
                return known
            mine = sum(caller == key[0] for caller, _ in self._jobs)
            if len(self._jobs) >= self._most or mine >= self._of_one:
                raise Overloaded(_BUSY)
            made = self._jobs[key] = self._thread.submit(job)
        made.add_done_callback(lambda _: self._forget(key))
        return made

    def _forget(self, key: tuple[str, bytes]) -> None:
        with self._lock:
            del self._jobs[key]


def _stand_back() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
