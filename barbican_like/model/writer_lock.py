"""A fair queue for SQLite's single writer.

SQLite's own busy handler sleeps up to 100 ms between tries and forgets who came first. Writers that
take this lock first never meet it. Threads of a process queue on a mutex, processes on two files with
flock(2), which the kernel frees when a holder dies: the turnstile, held by whoever is next, and the
lock itself. So a busy process that comes back at once stands behind those who wait.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from pathlib import Path
from types import TracebackType

from barbican_like.common import log
from barbican_like.common.errors import Overloaded
from barbican_like.common.lazy import lazy

_LOG = logging.getLogger(__name__)
_LONG = 1.0  # seconds; a transaction takes milliseconds, so the disk or the machine is in trouble
_BUSY = "the database's writer lock was not free in time"


class WriterLock:
    """An exclusive lock between the threads and processes that write one SQLite file.

    :param path: the lock file; a second one beside it is the turnstile. Both are made (0600), and stay empty.
    :param wait: seconds to wait, then :class:`Overloaded`.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._path = path
        self._wait = wait
        self._mutex = threading.Lock()
        self._taken = 0.0
        self._asked = 0.0

    @property
    def left(self) -> float:
        """Of the time to wait, the seconds that whoever has the lock has not waited for it."""
        return max(0.0, self._wait - (self._taken - self._asked))

    def __enter__(self) -> None:
        asked = time.monotonic()
        deadline = asked + self._wait
        if not self._mutex.acquire(timeout=self._wait):
            raise Overloaded(_BUSY)
        try:
            if not self._files.take_at_once() and not self._files.take_before(deadline):
                raise Overloaded(_BUSY)
        except BaseException:
            self._mutex.release()
            raise
        self._taken, self._asked = time.monotonic(), asked

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        held = time.monotonic() - self._taken
        self._files.free()
        self._mutex.release()
        if held > _LONG:
            log.event(_LOG, "database.slow_write", logging.WARNING, seconds=f"{held:.1f}")

    @lazy
    def _files(self) -> _LockFiles:
        # Only ever asked for by the thread that holds the mutex.
        return _LockFiles(self._path)


class _LockFiles:
    """The two files, used by one thread at a time.

    flock has no time limit, so where it must wait it is called by a thread of its own, which keeps
    waiting for the next taker when one has run out of time.
    """

    def __init__(self, path: Path) -> None:
        self._lock = _open(path)
        self._turnstile = _open(path.with_name(f"{path.name}-next"))
        self._state = threading.Condition()
        self._wanted = False  # somebody waits for the thread to bring the lock
        self._waiting = False  # the thread is on its way to it
        self._thread: threading.Thread | None = None

    def take_at_once(self) -> bool:
        """Take the lock if nobody holds it and nobody is next."""
        with self._state:
            if self._waiting:
                return False
        try:
            fcntl.flock(self._turnstile, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        return True

    def take_before(self, deadline: float) -> bool:
        """Wait for the lock until ``deadline`` of the monotonic clock."""
        with self._state:
            self._wanted = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._bring, name="writer-lock", daemon=True)
                self._thread.start()
            self._state.notify_all()
            granted = self._state.wait_for(lambda: not self._wanted, deadline - time.monotonic())
            self._wanted = False
            return granted

    def free(self) -> None:
        """Let the next one have it."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _bring(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._wanted)
                self._waiting = True
            fcntl.flock(self._turnstile, fcntl.LOCK_EX)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)
            with self._state:
                self._waiting = False
                if self._wanted:
                    self._wanted = False
                    self._state.notify_all()
                else:  # who wanted it has given up
                    fcntl.flock(self._lock, fcntl.LOCK_UN)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
