"""What operators do with task rows: see them, have them tried again, cancel them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, delete, func, select, update

from barbican_like.model.models import Task
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.task_sql import TASK_COLUMNS
from barbican_like.model.repositories.tasks import TaskRepo, task_of
from barbican_like.model.states import TASK_MOVES, TaskStatus
from barbican_like.model.tables import tasks

_ID = tasks.c.id == bindparam("task_id")
_COUNT = (
    select(tasks.c.name, tasks.c.status, func.count().label("rows"))
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
_REMOVE = delete(tasks).where(_ID, tasks.c.status != TaskStatus.CLAIMED)


class TaskDesk(Repository):
    """Task rows as operators see them."""

    def counts(self) -> Sequence[tuple[str, TaskStatus, int]]:
        """How many rows there are of each kind in each status. Reads them all."""
        return [(row.name, TaskStatus(row.status), row.rows) for row in self._connection.execute(_COUNT)]

    def list(
        self, limit: int, *, status: TaskStatus | None = None, name: str | None = None
    ) -> Sequence[Task]:
        """Rows, the oldest first."""
        values: dict[str, Any] = {"limit": limit, "in_status": status, "of_kind": name}
        statement = _list_statement(status is not None, name is not None)
        return [task_of(row) for row in self._connection.execute(statement, values)]

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
def _list_statement(by_status: bool, by_name: bool) -> Select[Any]:
    statement = select(*TASK_COLUMNS).order_by(tasks.c.created_at, tasks.c.id).limit(bindparam("limit"))
    if by_status:
        statement = statement.where(tasks.c.status == bindparam("in_status"))
    return statement.where(tasks.c.name == bindparam("of_kind")) if by_name else statement
