"""Claims on task rows: taken, renewed while the work goes on, and given up with the result.

A claim is a term in the database's clock and a fence. Whoever writes a result must name the fence it
claimed with; a worker that was paused past its term finds another fence there and writes nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import dataclass

import psutil

from barbican_like.common import log
from barbican_like.common.errors import ClaimLost
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerIdentity:
    """Which process holds a claim: a pid alone would be taken over by its successor."""

    host: str
    pid: int
    started: int  # create time of the process, in hundredths of a second since the epoch

    @classmethod
    def of_this_process(cls) -> WorkerIdentity:
        """This process."""
        return cls(socket.gethostname(), os.getpid(), _create_time(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> WorkerIdentity | None:
        """What :meth:`__str__` wrote, or None."""
        host, _, rest = text.rpartition("#")
        pid, _, started = rest.partition("@")
        return cls(host, int(pid), int(started)) if pid.isdecimal() and started.isdecimal() else None

    def __str__(self) -> str:
        return f"{self.host}#{self.pid}@{self.started}"

    def is_dead(self) -> bool:
        """Whether the process is certainly gone; another host's never is certain."""
        if self.host != socket.gethostname():
            return False
        try:
            # A killed process keeps its id until its parent has waited for it: in a container perhaps never.
            if psutil.Process(self.pid).status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
                return True
            return _create_time(self.pid) != self.started
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False


class Claims:
    """The claims of one worker process.

    :param term: seconds a claim holds; it is renewed at a third of that.
    """

    def __init__(self, database: Database, *, term: float, worker: WorkerIdentity | None = None) -> None:
        self._database = database
        self._term = term
        self.worker = worker or WorkerIdentity.of_this_process()
        self._held: dict[str, Task] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._renewer: threading.Thread | None = None

    def start(self) -> None:
        """Free the claims of dead processes of this machine, then renew our own from a thread."""
        self.recover()
        self._renewer = threading.Thread(target=self._renew_all, name="claims", daemon=True)
        self._renewer.start()

    def stop(self) -> None:
        """End the renewals."""
        self._stopped.set()
        if self._renewer is not None:
            self._renewer.join()

    def take(self, name: str, entity_id: str) -> Task | None:
        """Claim the open task of that name for an entity; None when it is not to be had.

        A look comes first, so that a wake-up for work that another has taken costs no transaction.
        """
        with Reading(self._database) as view:
            if not view.tasks.is_due(name, entity_id):
                return None
        with UnitOfWork(self._database) as uow:
            task = uow.tasks.claim(name, entity_id, str(self.worker), self._term)
            uow.commit()
        if task is not None:
            with self._lock:
                self._held[task.id] = task
        return task

    def finish(self, uow: UnitOfWork, task: Task) -> None:
        """Remove the task's row together with the result.

        :raises ClaimLost: when another worker has claimed it since, or it is gone.
        """
        if not uow.tasks.finish(task.id, task.fence):
            raise ClaimLost

    def release(self, uow: UnitOfWork, task: Task, *, delay: float, error: str) -> None:
        """Give the task back for another try.

        :raises ClaimLost: when another worker has claimed it since, or it is gone.
        """
        if not uow.tasks.release(task.id, task.fence, delay=delay, error=error):
            raise ClaimLost

    def forget(self, task: Task) -> None:
        """Renew this claim no longer."""
        with self._lock:
            self._held.pop(task.id, None)

    def recover(self) -> int:
        """Free the claims of processes of this machine that are dead; returns how many."""
        freed = 0
        with UnitOfWork(self._database) as uow:
            for holder in uow.tasks.holders():
                identity = WorkerIdentity.parse(holder)
                if identity is not None and identity.is_dead():
                    freed += uow.tasks.free_claims_of(holder)
            uow.commit()
        if freed:
            log.event(_LOG, "claims.recovered", count=freed)
        return freed

    def renew(self) -> None:
        """Hold every claim of ours for another term."""
        with self._lock:
            held = list(self._held.values())
        for task in held:
            with UnitOfWork(self._database) as uow:
                kept = uow.tasks.renew(task.id, task.fence, self._term)
                uow.commit()
            with self._lock:
                lost = not kept and self._held.pop(task.id, None) is not None
            if lost:  # not simply done meanwhile
                log.event(_LOG, "claim.lost", logging.WARNING, task=task.id, entity=task.entity_id)

    def _renew_all(self) -> None:
        while not self._stopped.wait(self._term / 3):
            try:
                self.renew()
            except Exception as error:  # noqa: BLE001  boundary: renewals must outlive a lost database
                log.event(_LOG, "claims.renewal_failed", logging.WARNING, reason=type(error).__name__)


def _create_time(pid: int) -> int:
    return int(psutil.Process(pid).create_time() * 100)
