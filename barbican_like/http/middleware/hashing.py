"""A thread for what takes long and can wait: hashes of passwords, one after the other."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from barbican_like.common.errors import Overloaded
from barbican_like.http.edge import crew

T = TypeVar("T")
_NICE: Final = 10
"""How much the thread stands back for those that serve (nice(1))."""


class Hashing:
    """Works jobs on one thread of low priority, whatever number of requests brings them.

    :param most: jobs that are worked or wait.
    :param of_one: the same, of one caller.
    """

    def __init__(self, *, most: int = 8, of_one: int = 4) -> None:
        self._most = most
        self._of_one = of_one
        self._jobs: Counter[str] = Counter()
        self._lock = threading.Lock()
        # Its thread begins with the first job.
        self._thread = ThreadPoolExecutor(1, "hashing", initializer=_stand_back)

    def work(self, caller: str, job: Callable[[], T]) -> T:
        """What the job returns or raises.

        :raises Overloaded: when as many wait as may.
        """
        with self._admitted(caller):
            done = self._thread.submit(job)
            with crew.waiting():
                return done.result()

    @contextmanager
    def _admitted(self, caller: str) -> Iterator[None]:
        with self._lock:
            if self._jobs.total() >= self._most or self._jobs[caller] >= self._of_one:
                raise Overloaded("as many passwords wait to be looked at as may")
            self._jobs[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._jobs[caller] -= 1
                if not self._jobs[caller]:
                    del self._jobs[caller]


def _stand_back() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
