"""What operators do with task rows: see them, have them tried again, cancel them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, delete, func, select, update

from barbican_like.model.lists import Key, Listing, Order, Part, Size
from barbican_like.model.models import Page, Task
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.task_sql import TASK_COLUMNS
from barbican_like.model.repositories.tasks import TaskRepo, task_of
from barbican_like.model.states import TASK_MOVES, TaskStatus
from barbican_like.model.tables import tasks

_ID = tasks.c.id == bindparam("task_id")
_BY_AGE = Order(Key(tasks.c.created_at), Key(tasks.c.id))
_COUNT = (
    select(
        tasks.c.name,
        tasks.c.status,
        func.count().label("rows"),
        func.min(tasks.c.created_at).label("oldest"),
    )
    .group_by(tasks.c.name, tasks.c.status)
    .order_by(tasks.c.name, tasks.c.status)
)
_GET = select(*TASK_COLUMNS).where(_ID)
_RETRY = (
    update(tasks)
    .where(_ID, tasks.c.status.in_(TASK_MOVES.predecessors(TaskStatus.READY) - {TaskStatus.CLAIMED}))
    .values(
        status=TaskStatus.READY,
        turn=bindparam("new_turn"),
        due_at=None,
        attempts=0,
        losses=0,
        failing_since=None,
        cancel_requested=False,
    )
)
# Its worker ends it with its entity; of a row that no worker has, the next one does.
_CANCEL_AT_WORK = update(tasks).where(_ID, tasks.c.status == TaskStatus.CLAIMED).values(cancel_requested=True)
_CANCEL = (
    update(tasks)
    .where(_ID, tasks.c.status != TaskStatus.CLAIMED)
    .values(cancel_requested=True, due_at=None, turn=bindparam("new_turn"), status=TaskStatus.READY)
)
_DEAD = (
    select(tasks.c.id)
    .where(tasks.c.status == TaskStatus.DEAD, tasks.c.id > bindparam("after"))
    .order_by(tasks.c.id)
    .limit(bindparam("limit"))
)
_DEAD_TASKS = (
    select(*TASK_COLUMNS)
    .where(tasks.c.status == TaskStatus.DEAD)
    .order_by(tasks.c.created_at.desc(), tasks.c.id)
    .limit(bindparam("limit"))
)
_REMOVE = delete(tasks).where(_ID, tasks.c.status != TaskStatus.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCount:
    """How many rows of a kind are in a status."""

    kind: str
    status: TaskStatus
    number: int
    oldest: datetime  # when the oldest of them was written


class TaskDesk(Repository):
    """Task rows as operators see them."""

    def counts(self) -> Sequence[TaskCount]:
        """How many rows there are of each kind in each status. Reads them all."""
        return [
            TaskCount(kind=row.name, status=TaskStatus(row.status), number=row.rows, oldest=row.oldest)
            for row in self._connection.execute(_COUNT)
        ]

    def list(self, page: Page, *, status: TaskStatus | None = None, kind: str | None = None) -> Part[Task]:
        """One page of the rows, the oldest first."""
        values: dict[str, Any] = {}
        if status is not None:
            values["in_status"] = status.value
        if kind is not None:
            values["of_kind"] = kind
        part = _listing(status is not None, kind is not None).part(self._connection, values, page)
        return part.of([task_of(row) for row in part.items])

    def given_up(self, limit: int) -> Sequence[Task]:
        """Dead tasks, the newest first."""
        return [task_of(row) for row in self._connection.execute(_DEAD_TASKS, {"limit": limit})]

    def find(self, task_id: str) -> Task | None:
        """A row by its id."""
        row = self._connection.execute(_GET, {"task_id": task_id}).one_or_none()
        return None if row is None else task_of(row)

    def dead(self, after: str, limit: int) -> Sequence[str]:
        """Ids of dead tasks behind an id, in the order of the ids."""
        return self._connection.execute(_DEAD, {"after": after, "limit": limit}).scalars().all()

    def retry(self, task_id: str) -> bool:
        """Let a dead or waiting task be tried now, as if it had never failed; False when it is neither."""
        return self._make_ready(_RETRY, task_id)

    def cancel(self, task_id: str) -> bool:
        """Let a worker end the task and tell its entity; False when there is no such task."""
        at_work = self._connection.execute(_CANCEL_AT_WORK, {"task_id": task_id})
        return at_work.rowcount == 1 or self._make_ready(_CANCEL, task_id)

    def _make_ready(self, statement: Update, task_id: str) -> bool:
        task = self.find(task_id)
        if task is None:
            return False
        turn = TaskRepo(self._connection).next_turn(task.name, task.project_id)
        return self._connection.execute(statement, {"task_id": task_id, "new_turn": turn}).rowcount == 1

    def remove(self, task_id: str) -> bool:
        """Remove a row that no worker knows how to end; False when a worker has it, or it is gone."""
        return self._connection.execute(_REMOVE, {"task_id": task_id}).rowcount == 1


@lru_cache(maxsize=4)
def _listing(by_status: bool, by_kind: bool) -> Listing:
    rows: Select[Any] = select(*TASK_COLUMNS)
    if by_status:
        rows = rows.where(tasks.c.status == bindparam("in_status"))
    if by_kind:
        rows = rows.where(tasks.c.name == bindparam("of_kind"))
    return Listing(rows, _BY_AGE, Size(rows))
