"""Leases of worker processes: each beats while its process lives, and frees its claims when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, delete, insert, select, update

from barbican_like.model.models import WorkerLease
from barbican_like.model.repositories.base import Repository
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks, worker_leases
from barbican_like.model.types import DatabaseTime

PATIENCE_WITH_LOSSES: Final = 3
"""So often a task is ready at once after its worker was lost; then it waits, as it may be the cause."""

_THIS = worker_leases.c.id == bindparam("lease")
_INSERT = insert(worker_leases).values(created_at=DatabaseTime())
_LIST = select(worker_leases)
_BEAT = update(worker_leases).where(_THIS).values(beats=worker_leases.c.beats + 1)
_LOCK = (
    select(worker_leases.c.id)
    .where(_THIS, worker_leases.c.beats == bindparam("at_beats"))
    .with_for_update(skip_locked=True)
)
_CLAIMED = and_(tasks.c.claimed_by == bindparam("lease"), tasks.c.status == TaskStatus.CLAIMED)
_FREE = {"claimed_by": None, "losses": tasks.c.losses + 1}
_READY = (
    update(tasks)
    .where(_CLAIMED, tasks.c.losses < PATIENCE_WITH_LOSSES)
    .values(status=TaskStatus.READY, due_at=None, **_FREE)
)
_LATER = (
    update(tasks)
    .where(_CLAIMED)
    .values(status=TaskStatus.SCHEDULED, due_at=DatabaseTime(bindparam("delay")), **_FREE)
)
_END = (
    update(tasks)
    .where(_CLAIMED)
    .values(status=TaskStatus.READY, due_at=None, claimed_by=None, attempts=tasks.c.attempts - 1)
)
_DELETE = delete(worker_leases).where(_THIS)
_LOSS_DELAY: Final = 10.0


class LeaseRepo(Repository):
    """Leases of worker processes."""

    def open(self, lease_id: str, *, host: str, boot: str, pid: int) -> None:
        """Write a lease."""
        self._connection.execute(
            _INSERT, {"id": lease_id, "host": host, "boot": boot, "pid": pid, "beats": 0}
        )

    def beat(self, lease_id: str) -> bool:
        """Show that its process lives; False when the lease was taken away."""
        return self._connection.execute(_BEAT, {"lease": lease_id}).rowcount == 1

    def list(self) -> Sequence[WorkerLease]:
        """Every lease."""
        return [WorkerLease(**row._mapping) for row in self._connection.execute(_LIST)]

    def end(self, lease_id: str) -> None:
        """Give a lease up with its claims: others may take the rows as if they had never been claimed."""
        self._connection.execute(_END, {"lease": lease_id})
        self._connection.execute(_DELETE, {"lease": lease_id})

    def take_away(self, lease: WorkerLease) -> int | None:
        """End the lease of a process that is dead; returns how many claims that frees.

        None when it has beaten since it was read, or another is at it.
        """
        lock = self._connection.execute(_LOCK, {"lease": lease.id, "at_beats": lease.beats})
        if lock.one_or_none() is None:
            return None
        ready = self._connection.execute(_READY, {"lease": lease.id}).rowcount
        later = self._connection.execute(_LATER, {"lease": lease.id, "delay": _LOSS_DELAY}).rowcount
        self._connection.execute(_DELETE, {"lease": lease.id})
        return ready + later
