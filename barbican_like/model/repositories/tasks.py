"""Task rows, with the compare-and-set statements that claims are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, and_, bindparam, delete, insert, or_, select, update

from barbican_like.model.models import Task
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime

_FREE = or_(tasks.c.claim_expires.is_(None), tasks.c.claim_expires <= DatabaseTime())
_DUE = and_(tasks.c.run_at <= DatabaseTime(), _FREE)
_ID = tasks.c.id == bindparam("task_id")
_OF = and_(tasks.c.name == bindparam("task_name"), tasks.c.entity_id == bindparam("entity"))
# Also named by someone: a claim that was given back or freed is over, although its fence is still the newest.
_HELD = (_ID, tasks.c.fence == bindparam("at_fence"), tasks.c.claimed_by.is_not(None))

_INSERT = insert(tasks).values(run_at=DatabaseTime(bindparam("delay")), created_at=DatabaseTime())
_FIND = select(tasks).where(_OF)
_IS_DUE = select(tasks.c.id).where(_OF, _DUE)
_LIST_DUE = (
    select(tasks.c.name, tasks.c.entity_id)
    .where(_DUE)
    .order_by(tasks.c.priority, tasks.c.run_at)
    .limit(bindparam("limit"))
)
_CLAIM = (
    update(tasks)
    .where(_OF, _DUE)
    .values(
        claimed_by=bindparam("worker"),
        claim_expires=DatabaseTime(bindparam("term")),
        fence=tasks.c.fence + 1,
        attempts=tasks.c.attempts + 1,
    )
)
_CLAIM_RETURNING = _CLAIM.returning(*tasks.c)
_LOCK_DUE = select(tasks.c.id).where(_OF, _DUE).with_for_update(skip_locked=True)
_HOLDERS = select(tasks.c.claimed_by).where(tasks.c.claimed_by.is_not(None), ~_FREE).distinct()
_FREE_CLAIMS = (
    update(tasks).where(tasks.c.claimed_by == bindparam("holder")).values(claimed_by=None, claim_expires=None)
)
_RENEW = update(tasks).where(*_HELD).values(claim_expires=DatabaseTime(bindparam("term")))
_RELEASE = (
    update(tasks)
    .where(*_HELD)
    .values(
        claimed_by=None,
        claim_expires=None,
        run_at=DatabaseTime(bindparam("delay")),
        last_error=bindparam("error"),
    )
)
_FINISH = delete(tasks).where(*_HELD)
# By the primary key, as _FINISH: on MariaDB two ways to one row take the locks of its indexes in two orders.
_DISCARD = delete(tasks).where(tasks.c.id == bindparam("task_id"))


class TaskRepo(Repository):
    """Open tasks; a finished one has no row."""

    def add(
        self,
        *,
        task_id: str,
        name: str,
        entity_id: str,
        kwargs: dict[str, Any],
        max_attempts: int,
        priority: int = 5,
        delay: float = 0.0,
    ) -> None:
        """Write a task that is due ``delay`` seconds from now by the database's clock."""
        self._connection.execute(
            _INSERT,
            {
                "id": task_id,
                "name": name,
                "entity_id": entity_id,
                "kwargs": orjson.dumps(kwargs).decode(),
                "priority": priority,
                "delay": delay,
                "attempts": 0,
                "max_attempts": max_attempts,
                "fence": 0,
            },
        )

    def find(self, name: str, entity_id: str) -> Task | None:
        """The open task of that name for an entity."""
        return _task(self._connection.execute(_FIND, _key(name, entity_id)).one_or_none())

    def is_due(self, name: str, entity_id: str) -> bool:
        """Whether that task could be claimed now."""
        return self._connection.execute(_IS_DUE, _key(name, entity_id)).one_or_none() is not None

    def list_due(self, limit: int) -> Sequence[tuple[str, str]]:
        """Name and entity of tasks that could be claimed now, the most urgent first."""
        return [(row.name, row.entity_id) for row in self._connection.execute(_LIST_DUE, {"limit": limit})]

    def claim(self, name: str, entity_id: str, worker: str, term: float) -> Task | None:
        """Take a due task for ``term`` seconds; None when it is not due, not free or not there.

        PostgreSQL and MariaDB skip a row that another claim has locked; SQLite has one writer.
        """
        key = _key(name, entity_id)
        dialect = self._connection.dialect
        if dialect.name != "sqlite" and self._connection.execute(_LOCK_DUE, key).one_or_none() is None:
            return None
        values = key | {"worker": worker, "term": term}
        if dialect.update_returning:
            return _task(self._connection.execute(_CLAIM_RETURNING, values).one_or_none())
        self._connection.execute(_CLAIM, values)
        return self.find(name, entity_id)

    def holders(self) -> Sequence[str]:
        """Who holds claims that have not expired."""
        return [str(holder) for holder in self._connection.execute(_HOLDERS).scalars()]

    def free_claims_of(self, holder: str) -> int:
        """Free the claims of a holder that is known to be dead; returns how many."""
        return self._connection.execute(_FREE_CLAIMS, {"holder": holder}).rowcount

    def renew(self, task_id: str, fence: int, term: float) -> bool:
        """Hold a claim ``term`` seconds longer from now; False when it is no longer held."""
        values = {"task_id": task_id, "at_fence": fence, "term": term}
        return self._connection.execute(_RENEW, values).rowcount == 1

    def finish(self, task_id: str, fence: int) -> bool:
        """Remove the row of a task that is done or given up; False when the claim is no longer held."""
        return self._connection.execute(_FINISH, {"task_id": task_id, "at_fence": fence}).rowcount == 1

    def release(self, task_id: str, fence: int, *, delay: float, error: str) -> bool:
        """Give a task back for another try in ``delay`` seconds; False when it is no longer held."""
        values = {"task_id": task_id, "at_fence": fence, "delay": delay, "error": error[:255]}
        return self._connection.execute(_RELEASE, values).rowcount == 1

    def discard(self, task_id: str) -> bool:
        """Remove the open task of an entity that is being deleted, so that a worker's claim on it is lost.

        Returns False when there was none: a worker was faster.
        """
        return self._connection.execute(_DISCARD, {"task_id": task_id}).rowcount > 0


def _key(name: str, entity_id: str) -> dict[str, Any]:
    return {"task_name": name, "entity": entity_id}


def _task(row: Row[Any] | None) -> Task | None:
    if row is None:
        return None
    fields = dict(row._mapping)
    return Task(**fields | {"kwargs": orjson.loads(fields["kwargs"])})
