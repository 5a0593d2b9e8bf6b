"""Leases: how a worker process holds claims, and how others know that it is dead.

A lease is a row whose number of beats grows while its process lives, and on its own machine a file that the
process has locked, which the kernel frees when the process dies. No clock and no process id decides: a
neighbour is dead when the lock is free, or when others have looked for a whole term and seen no beat.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from barbican_like.common import ids, log
from barbican_like.model.database import Database
from barbican_like.model.models import WorkerLease
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_LOG = logging.getLogger(__name__)
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_LONGEST_BEAT: Final = 2.0  # seconds
_LONGEST_STEP: Final = 1.0  # seconds that one look adds to a silence: a paused observer has seen nothing


def boot_id() -> str:
    """What tells this running kernel from all others; empty where there is none to be had."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


class Lease:
    """This process's lease.

    :param folder: where the workers of this machine keep their locks; None: no lock, beats alone.
    :param term: seconds of silence after which others take the lease away.
    """

    def __init__(self, database: Database, *, folder: Path | None, term: float) -> None:
        self.id = ""
        self.on_loss: Callable[[], None] = lambda: None
        self._database = database
        self._folder = folder
        self._pause = min(term / 5, _LONGEST_BEAT)
        self._lock: tuple[Path, int] | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Write a fresh lease; the lock comes first, so that nobody finds the row without it."""
        lease_id = ids.new_id()
        self._release_lock()
        if self._folder is not None:
            path = _lock_path(self._folder, lease_id)
            self._lock = (path, _take_lock(path))
        with UnitOfWork(self._database) as uow:
            uow.leases.open(lease_id, host=socket.gethostname(), boot=boot_id(), pid=os.getpid())
            uow.commit()
        self.id = lease_id

    def start(self) -> None:
        """Open a lease unless it is open, then beat from a thread."""
        if not self.id:
            self.open()
        self._thread = threading.Thread(target=self._beat_on, name="lease", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give the lease up with whatever it still holds."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        try:
            with UnitOfWork(self._database) as uow:
                uow.leases.end(self.id)
                uow.commit()
        except Exception as error:  # noqa: BLE001  boundary: others take it away then, since its lock is free
            log.event(_LOG, "lease.not_ended", logging.WARNING, reason=type(error).__name__)
        self._release_lock()

    def beat(self) -> None:
        """Show that this process lives; where the lease was taken away, begin a new one."""
        with UnitOfWork(self._database) as uow:
            kept = uow.leases.beat(self.id)
            uow.commit()
        if not kept:
            log.event(_LOG, "lease.lost", logging.WARNING, lease=self.id)
            self.on_loss()
            self.open()

    def _beat_on(self) -> None:
        while not self._stopped.wait(self._pause):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001  boundary: the lease must outlive a lost database
                log.event(_LOG, "lease.beat_failed", logging.WARNING, reason=type(error).__name__)

    def _release_lock(self) -> None:
        if self._lock is not None:
            path, descriptor = self._lock
            path.unlink(missing_ok=True)
            os.close(descriptor)
            self._lock = None


class Neighbours:
    """The other leases, as this process observes them.

    :param own: this process's lease, which is not observed.
    :param folder: where the workers of this machine keep their locks.
    :param term: seconds of silence after which a lease is taken away.
    """

    def __init__(self, database: Database, own: Lease, *, folder: Path | None, term: float) -> None:
        self._database = database
        self._own = own
        self._folder = folder
        self._term = term
        self._boot = boot_id()
        self._silent: dict[str, tuple[int, float]] = {}  # lease -> beats when last seen, seconds without more
        self._last_look: float | None = None

    def look(self) -> int:
        """Take away the leases of processes that are dead; returns how many claims that frees."""
        step = self._step()
        with Reading(self._database) as view:
            others = [lease for lease in view.leases.list() if lease.id != self._own.id]
        self._silent = {lease.id: self._silence(lease, step) for lease in others}
        return sum(self._take_away(lease) for lease in others if self._is_dead(lease))

    def _step(self) -> float:
        now = time.monotonic()
        step = 0.0 if self._last_look is None else min(now - self._last_look, _LONGEST_STEP)
        self._last_look = now
        return step

    def _silence(self, lease: WorkerLease, step: float) -> tuple[int, float]:
        beats, seconds = self._silent.get(lease.id, (-1, 0.0))
        return (beats, seconds + step) if beats == lease.beats else (lease.beats, 0.0)

    def _is_dead(self, lease: WorkerLease) -> bool:
        return self._silent[lease.id][1] >= self._term or self._has_free_lock(lease)

    def _has_free_lock(self, lease: WorkerLease) -> bool:
        """Whether the lease's lock is on this machine and nobody holds it."""
        if self._folder is None or not self._boot or lease.boot != self._boot:
            return False
        try:
            descriptor = os.open(_lock_path(self._folder, lease.id), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False  # another folder's, such as another container's
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _take_away(self, lease: WorkerLease) -> int:
        with UnitOfWork(self._database) as uow:
            freed = uow.leases.take_away(lease)
            uow.commit()
        if freed is None:
            return 0
        if self._folder is not None:
            _lock_path(self._folder, lease.id).unlink(missing_ok=True)
        log.event(_LOG, "lease.taken_away", logging.WARNING, host=lease.host, pid=lease.pid, claims=freed)
        return freed


def _lock_path(folder: Path, lease_id: str) -> Path:
    return folder / f"{lease_id}.lock"


def _take_lock(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor
