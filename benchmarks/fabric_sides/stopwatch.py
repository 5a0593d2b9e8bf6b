"""Times a worker by the tasks that it does: from the first one's body to the last one's."""

from __future__ import annotations

import json
import threading
import time


class Stopwatch:
    """Counts tasks, from any thread.

    :param count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._first = 0.0
        self._last = 0.0
        self._lock = threading.Lock()
        self.finished = threading.Event()

    def note(self) -> None:
        """One more task is done: what every side's task does, and all that it does."""
        with self._lock:
            self._last = time.perf_counter()
            self._first = self._first or self._last
            self._done += 1
            if self._done == self._count:
                self.finished.set()

    def rest(self) -> None:
        """What had to follow the last body, such as a commit, is done only now."""
        self._last = time.perf_counter()

    def report(self) -> str:
        """How many were done, and in how many seconds, as the line that the benchmark reads."""
        return json.dumps({"done": self._done, "seconds": self._last - self._first})
