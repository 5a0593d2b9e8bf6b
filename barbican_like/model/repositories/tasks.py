"""Task rows: written with the entity they are about, claimed in batches, ended under their fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Row, and_, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from barbican_like.common import ids
from barbican_like.common.errors import ClaimLost
from barbican_like.model.models import Task
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.task_look import DUE, look_for
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime

_NAME = tasks.c.name == bindparam("kind")
_READY = and_(_NAME, tasks.c.status == TaskStatus.READY)
# Also named by someone: a claim that was given back or freed is over, although its fence is still the newest.
_HELD = and_(
    tasks.c.id == bindparam("task_id"),
    tasks.c.fence == bindparam("at_fence"),
    tasks.c.status == TaskStatus.CLAIMED,
)
_UNCLAIMED: Final = {"claimed_by": None, "due_at": None}
_PROGRESS: Final = {"attempts": 0, "losses": 0, "failing_since": None, "last_error": None}

TASK_COLUMNS: Final = (
    *(column for column in tasks.c if column.name != "failing_since"),
    tasks.c.failing_since,
    DatabaseTime().label("now"),
)

_FRONT = select(tasks.c.turn).where(_READY).order_by(tasks.c.turn).limit(1).scalar_subquery()
_TAIL = (
    select(tasks.c.turn + tasks.c.cost)
    .where(_READY, tasks.c.project_id == bindparam("of_project"))
    .order_by(tasks.c.turn.desc())
    .limit(1)
    .scalar_subquery()
)
_TURNS = select(_FRONT.label("front"), _TAIL.label("tail"))
_INSERT = insert(tasks).values(created_at=DatabaseTime())
_LATER = insert(tasks).values(created_at=DatabaseTime(), due_at=DatabaseTime(bindparam("delay")))
_WANTED_AGAIN = {
    "wanted": tasks.c.wanted + 1,
    "status": case((tasks.c.status == TaskStatus.SCHEDULED, TaskStatus.READY), else_=tasks.c.status),
    "due_at": None,
}
_MARIADB_ENSURE = mysql.insert(tasks).values(created_at=DatabaseTime()).on_duplicate_key_update(_WANTED_AGAIN)
_ENSURE = {
    "postgresql": postgresql.insert(tasks)
    .values(created_at=DatabaseTime())
    .on_conflict_do_update(index_elements=["name", "entity_id"], set_=_WANTED_AGAIN),
    "sqlite": sqlite.insert(tasks)
    .values(created_at=DatabaseTime())
    .on_conflict_do_update(index_elements=["name", "entity_id"], set_=_WANTED_AGAIN),
    "mysql": _MARIADB_ENSURE,
    "mariadb": _MARIADB_ENSURE,
}
_FIND = select(*TASK_COLUMNS).where(_NAME, tasks.c.entity_id == bindparam("entity"))
_NEXT = (
    select(*TASK_COLUMNS)
    .where(_READY)
    .order_by(tasks.c.turn)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_ONE = (
    select(*TASK_COLUMNS)
    .where(_READY, tasks.c.entity_id == bindparam("entity"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(tasks)
    .where(tasks.c.id.in_(bindparam("task_ids", expanding=True)))
    .values(
        status=TaskStatus.CLAIMED,
        claimed_by=bindparam("lease"),
        fence=tasks.c.fence + 1,
        attempts=tasks.c.attempts + 1,
    )
)
_HOLD = select(tasks.c.id).where(_HELD).with_for_update()
_FINISH = delete(tasks).where(_HELD, tasks.c.wanted == bindparam("seen"))
_FINISH_MANY = (
    delete(tasks)
    .where(
        tasks.c.id.in_(bindparam("task_ids", expanding=True)),
        tasks.c.claimed_by == bindparam("lease"),
        tasks.c.wanted == 1,
    )
    .returning(tasks.c.id, tasks.c.fence)
)
_BACK = (
    update(tasks).where(_HELD).values(status=TaskStatus.READY, **_UNCLAIMED, attempts=tasks.c.attempts - 1)
)
_AGAIN = (
    update(tasks)
    .where(_HELD)
    .values(status=TaskStatus.READY, turn=bindparam("new_turn"), **(_UNCLAIMED | _PROGRESS))
)
_AGAIN_LATER = _AGAIN.values(status=TaskStatus.SCHEDULED, due_at=DatabaseTime(bindparam("delay")))
_TRY_LATER = (
    update(tasks)
    .where(_HELD)
    .values(
        status=TaskStatus.SCHEDULED,
        claimed_by=None,
        due_at=DatabaseTime(bindparam("delay")),
        turn=bindparam("new_turn"),
        losses=0,
        last_error=bindparam("error"),
    )
)
_FAILED_LATER = _TRY_LATER.values(failing_since=func.coalesce(tasks.c.failing_since, DatabaseTime()))
_BURY = (
    update(tasks)
    .where(_HELD)
    .values(status=TaskStatus.DEAD, last_error=bindparam("error"), cancel_requested=False, **_UNCLAIMED)
)
_DISCARD = delete(tasks).where(tasks.c.id == bindparam("task_id"))
_SOME_DUE = select(tasks.c.id).where(DUE).limit(bindparam("limit")).with_for_update(skip_locked=True)
_PROMOTE = (
    update(tasks)
    .where(tasks.c.id.in_(bindparam("task_ids", expanding=True)), tasks.c.status == TaskStatus.SCHEDULED)
    .values(status=TaskStatus.READY, due_at=None)
)
_HELD_BY = select(tasks.c.id, tasks.c.fence, tasks.c.cancel_requested).where(
    tasks.c.claimed_by == bindparam("lease")
)
_FREE = (
    update(tasks)
    .where(_HELD, tasks.c.claimed_by == bindparam("lease"))
    .values(status=TaskStatus.SCHEDULED, claimed_by=None, due_at=DatabaseTime(bindparam("delay")))
)
_UNLOCKED = (
    select(tasks.c.id)
    .where(tasks.c.id.in_(bindparam("task_ids", expanding=True)))
    .with_for_update(skip_locked=True)
)
_TELL = update(tasks).where(_HELD).values(progress=bindparam("told"))
_NAMES = select(tasks.c.name).where(tasks.c.name > bindparam("after")).order_by(tasks.c.name).limit(1)


class HeldRow(NamedTuple):
    """A row that a lease holds."""

    id: str
    fence: int
    cancel_requested: bool


class TaskRepo(Repository):
    """Open tasks; a finished one has no row.

    Ready rows of a kind are taken in the order of their turns. A new row's turn is the cost of its project's
    last row behind that one, or the front where the project has none: so projects take turns, however many
    rows one of them has waiting (the start tags of start-time fair queuing, Goyal, Vin and Cheng 1996).
    """

    def add(
        self,
        *,
        name: str,
        entity_id: str,
        project_id: str,
        kwargs: Mapping[str, Any],
        cost: int,
        delay: float = 0.0,
    ) -> None:
        """Write a task that may be claimed at once, or ``delay`` seconds from now by the database's clock.

        :param cost: by how much it puts off its project's next turn.
        """
        values = self._new(name, entity_id, project_id, kwargs, cost)
        if delay > 0:
            self._connection.execute(_LATER, values | {"status": TaskStatus.SCHEDULED, "delay": delay})
        else:
            self._connection.execute(_INSERT, values)

    def ensure(
        self, *, name: str, entity_id: str, project_id: str, kwargs: Mapping[str, Any], cost: int
    ) -> None:
        """Write a task, or let the open one of its entity go round once more.

        One that waits for its time is ready at once; a dead one stays dead until an operator retries it.
        """
        statement = _ENSURE[self._connection.dialect.name]
        self._connection.execute(statement, self._new(name, entity_id, project_id, kwargs, cost))

    def _new(
        self, name: str, entity_id: str, project_id: str, kwargs: Mapping[str, Any], cost: int
    ) -> dict[str, Any]:
        return {
            "id": ids.new_id(),
            "name": name,
            "entity_id": entity_id,
            "project_id": project_id,
            "kwargs": orjson.dumps(dict(kwargs)).decode(),
            "status": TaskStatus.READY,
            "cost": cost,
            "turn": self._next_turn(name, project_id),
            "wanted": 1,
            "fence": 0,
            "attempts": 0,
            "losses": 0,
            "cancel_requested": False,
        }

    def _next_turn(self, name: str, project_id: str) -> int:
        turns = self._connection.execute(_TURNS, {"kind": name, "of_project": project_id}).one()
        return max(turns.front or 0, turns.tail or 0)

    def find(self, name: str, entity_id: str) -> Task | None:
        """The open task of that kind for an entity."""
        row = self._connection.execute(_FIND, {"kind": name, "entity": entity_id}).one_or_none()
        return None if row is None else task_of(row)

    def look(self, names: Sequence[str]) -> tuple[list[str], bool]:
        """Which of these kinds have ready rows, and whether the time of a scheduled row has come."""
        row = self._connection.execute(*look_for(tuple(names))).one()
        return [name for name, ready in zip(names, row, strict=False) if ready], bool(row.due)

    def claim(self, name: str, lease_id: str, limit: int) -> list[Task]:
        """Take the next ready rows of a kind for a lease.

        PostgreSQL and MariaDB skip rows that another claim has locked; SQLite has one writer.

        :raises ClaimLost: when the lease was taken away.
        """
        return self._claim(_NEXT, {"kind": name, "limit": limit}, lease_id)

    def claim_one(self, name: str, entity_id: str, lease_id: str) -> Task | None:
        """Take the ready row of that kind for an entity; None when it is not to be had."""
        claimed = self._claim(_ONE, {"kind": name, "entity": entity_id}, lease_id)
        return claimed[0] if claimed else None

    def _claim(self, statement: Any, values: dict[str, Any], lease_id: str) -> list[Task]:
        rows = [task_of(row) for row in self._connection.execute(statement, values)]
        if not rows:
            return []
        try:
            self._connection.execute(_CLAIM, {"task_ids": [row.id for row in rows], "lease": lease_id})
        except IntegrityError as error:
            raise ClaimLost from error
        return [
            row._replace(
                status=TaskStatus.CLAIMED,
                claimed_by=lease_id,
                fence=row.fence + 1,
                attempts=row.attempts + 1,
            )
            for row in rows
        ]

    def hold(self, task: Task) -> bool:
        """Lock the row of a claimed task until the commit; False when the claim is no longer held."""
        return self._connection.execute(_HOLD, _key(task)).one_or_none() is not None

    def finish(self, task: Task) -> bool:
        """Remove the row of a task that is done or given up for good.

        False when the claim is no longer held, or the task was asked for again meanwhile.
        """
        return self._connection.execute(_FINISH, _key(task) | {"seen": task.wanted}).rowcount == 1

    def finish_many(self, claimed: Sequence[Task]) -> bool:
        """Remove the rows of several tasks of one lease; False when not every claim is still held."""
        values = {"task_ids": [task.id for task in claimed], "lease": claimed[0].claimed_by}
        removed = {(row.id, row.fence) for row in self._connection.execute(_FINISH_MANY, values)}
        return removed == {(task.id, task.fence) for task in claimed}

    def hand_back(self, task: Task) -> bool:
        """Let another have it at once, as if it had not been claimed; False when it is no longer held."""
        return self._connection.execute(_BACK, _key(task)).rowcount == 1

    def again(self, task: Task, delay: float) -> bool:
        """Let a task that has made progress go on ``delay`` seconds from now, behind its project's others."""
        values = _key(task) | {"new_turn": self._next_turn(task.name, task.project_id)}
        if delay > 0:
            return self._connection.execute(_AGAIN_LATER, values | {"delay": delay}).rowcount == 1
        return self._connection.execute(_AGAIN, values).rowcount == 1

    def try_later(self, task: Task, *, delay: float, error: str, own_fault: bool) -> bool:
        """Let a task that has failed wait ``delay`` seconds for another try.

        :param own_fault: whether the time of its failing begins to run, where it does not yet.
        """
        values = _key(task) | {"delay": delay, "error": error[:255]}
        values["new_turn"] = self._next_turn(task.name, task.project_id)
        statement = _FAILED_LATER if own_fault else _TRY_LATER
        return self._connection.execute(statement, values).rowcount == 1

    def bury(self, task: Task, error: str) -> bool:
        """Keep the row of a task that was given up, for an operator; False when it is no longer held."""
        return self._connection.execute(_BURY, _key(task) | {"error": error[:255]}).rowcount == 1

    def discard(self, task_id: str) -> bool:
        """Remove the open task of an entity that is being deleted, so that a worker's claim on it is lost.

        Returns False when there was none: a worker was faster.
        """
        return self._connection.execute(_DISCARD, {"task_id": task_id}).rowcount > 0

    def promote(self, limit: int) -> int:
        """Make scheduled rows ready whose time has come, up to ``limit``; returns how many."""
        due = self._connection.execute(_SOME_DUE, {"limit": limit}).scalars().all()
        return self._connection.execute(_PROMOTE, {"task_ids": due}).rowcount if due else 0

    def held_by(self, lease_id: str) -> dict[str, HeldRow]:
        """Every row that a lease holds, by its task's id."""
        return {row.id: HeldRow(*row) for row in self._connection.execute(_HELD_BY, {"lease": lease_id})}

    def free(self, lease_id: str, rows: Mapping[str, int], delay: float) -> int:
        """Free claims of a lease, each with its fence, to be ready in ``delay`` seconds; returns how many."""
        return sum(
            self._connection.execute(
                _FREE, {"task_id": task_id, "at_fence": fence, "lease": lease_id, "delay": delay}
            ).rowcount
            for task_id, fence in rows.items()
        )

    def tell_progress(self, told: Sequence[tuple[Task, str]]) -> None:
        """Note how far claimed tasks have come; a row that is locked just now is left for the next time."""
        waiting = {"task_ids": [task.id for task, _ in told]}
        unlocked = set(self._connection.execute(_UNLOCKED, waiting).scalars())
        for task, text in told:
            if task.id in unlocked:
                self._connection.execute(_TELL, _key(task) | {"told": text[:255]})

    def names(self) -> list[str]:
        """The kinds that have rows, each found by one step in an index."""
        names: list[str] = []
        while (
            row := self._connection.execute(_NAMES, {"after": names[-1] if names else ""}).first()
        ) is not None:
            names.append(row.name)
        return names


def _key(task: Task) -> dict[str, Any]:
    return {"task_id": task.id, "at_fence": task.fence}


def task_of(row: Row[Any]) -> Task:
    """A row of ``TASK_COLUMNS`` as a value; arguments that cannot be read are None."""
    fields = dict(row._mapping)
    now, since = fields.pop("now"), fields.pop("failing_since")
    return Task(
        **fields
        | {
            "kwargs": _arguments(fields["kwargs"]),
            "status": TaskStatus(fields["status"]),
            "failing_for": None if since is None else _seconds(since, now),
        }
    )


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _arguments(text: str) -> Mapping[str, Any] | None:
    try:
        arguments = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return arguments if isinstance(arguments, dict) else None
