"""The claims of this process: taken in batches, held by its lease, watched while their work goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from barbican_like.common import log
from barbican_like.common.errors import ClaimLost, TaskCancelled
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.kinds import TaskKind
from barbican_like.queue.leases import Lease
from barbican_like.queue.run import Run

_LOG = logging.getLogger(__name__)
_ORPHAN_PAUSE = 1.0  # seconds before another try of a task whose last end could not be recorded


class Claims:
    """What this process has claimed.

    A claim is a row that names this process's lease, and a fence. Whoever writes a result must name the fence
    it claimed with; a worker that was paused past its term finds another fence there and writes nothing.
    """

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self.lease = lease
        self.lease.on_loss = self._lose_all
        self._held: dict[str, Run] = {}
        self._lock = threading.Lock()

    def take(self, kind: TaskKind, limit: int) -> list[Run]:
        """Claim the next ready tasks of a kind, ``limit`` at most, and perhaps one more: a suspect.

        That is a task whose worker was lost while it had it, which it may have caused. A process never has
        two of them, so that such a task costs another no second worker.
        """
        may_take_suspect = not any(run.task.losses > 0 for run in self.held())
        with UnitOfWork(self._database) as uow:
            claimed = uow.tasks.claim(kind.name, self.lease.id, limit)
            if may_take_suspect:
                claimed += uow.tasks.claim_suspect(kind.name, self.lease.id)
            return self._keep(uow, kind, claimed)

    def take_one(self, kind: TaskKind, entity_id: str) -> Run | None:
        """Claim the task of a kind for an entity; None when it is not to be had."""
        with UnitOfWork(self._database) as uow:
            task = uow.tasks.claim_one(kind.name, entity_id, self.lease.id)
            runs = self._keep(uow, kind, [] if task is None else [task])
        return runs[0] if runs else None

    def _keep(self, uow: UnitOfWork, kind: TaskKind, claimed: Sequence[Task]) -> list[Run]:
        """Commit claims, which are known here before others can see them."""
        runs = [Run(task, kind) for task in claimed]
        with self._lock:
            self._held.update((run.task.id, run) for run in runs)
        try:
            uow.commit()
        except BaseException:
            for run in runs:
                self.forget(run)
            raise
        for run in runs:
            run.claimed = True
        return runs

    def forget(self, run: Run) -> None:
        """The claim is over, or whether it is cannot be known: then :meth:`compare` finds its row."""
        with self._lock:
            if self._held.get(run.task.id) is run:
                del self._held[run.task.id]

    def held(self) -> list[Run]:
        """The claims whose work goes on, or waits for a thread."""
        with self._lock:
            return list(self._held.values())

    def compare(self) -> None:
        """Hold the rows against what is at work here.

        A run whose row is gone or another's is interrupted, as is one that an operator cancels. A row that
        nobody here works on, since the end of its last try could not be recorded, is freed for another try.
        """
        lease_id = self.lease.id
        committed = [run for run in self.held() if run.claimed and run.task.claimed_by == lease_id]
        with Reading(self._database) as view:
            rows = view.tasks.held_by(lease_id)
        for run in committed:
            if run.task.id not in rows:  # lost, or ended just now: then nobody asks the run any more
                run.interrupt(ClaimLost)
            elif rows[run.task.id].cancel_requested:
                run.interrupt(TaskCancelled)
        self._free(lease_id, {row.id: row.fence for row in rows.values()})

    def _free(self, lease_id: str, rows: Mapping[str, int]) -> None:
        with self._lock:
            orphans = {task_id: fence for task_id, fence in rows.items() if task_id not in self._held}
        if not orphans:
            return
        with UnitOfWork(self._database) as uow:
            freed = uow.tasks.free(lease_id, orphans, _ORPHAN_PAUSE)
            uow.commit()
        if freed:
            log.event(_LOG, "claims.freed", logging.WARNING, count=freed)

    def tell_progress(self) -> None:
        """Write what runs have told since the last time."""
        told = [(run.task, text) for run in self.held() if (text := run.take_progress()) is not None]
        if told:
            with UnitOfWork(self._database) as uow:
                uow.tasks.tell_progress(told)
                uow.commit()

    def _lose_all(self) -> None:
        for run in self.held():
            run.interrupt(ClaimLost)
