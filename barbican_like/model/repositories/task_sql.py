"""The statements that task rows are written, claimed and ended by, built once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from barbican_like.model.repositories.task_look import DUE
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
TURNS = select(_FRONT.label("front"), _TAIL.label("tail"))
INSERT = insert(tasks).values(created_at=DatabaseTime())
LATER = insert(tasks).values(created_at=DatabaseTime(), due_at=DatabaseTime(bindparam("delay")))
# One that waits for its next part is ready at once; one that waits since it failed keeps its pause.
_RESTS = and_(tasks.c.status == TaskStatus.SCHEDULED, tasks.c.last_error.is_(None))
_WANTED_AGAIN: Final = (  # in this order, since MariaDB sets one after the other
    (tasks.c.wanted, tasks.c.wanted + 1),
    (tasks.c.turn, case((_RESTS, bindparam("new_turn")), else_=tasks.c.turn)),
    (tasks.c.due_at, case((_RESTS, None), else_=tasks.c.due_at)),
    (tasks.c.status, case((_RESTS, TaskStatus.READY), else_=tasks.c.status)),
)
_BY_COLUMN: Final = {column.name: value for column, value in _WANTED_AGAIN}
_MARIADB_ENSURE = (
    mysql.insert(tasks).values(created_at=DatabaseTime()).on_duplicate_key_update([*_BY_COLUMN.items()])
)
ENSURE = {
    "postgresql": postgresql.insert(tasks)
    .values(created_at=DatabaseTime())
    .on_conflict_do_update(index_elements=["name", "entity_id"], set_=_BY_COLUMN),
    "sqlite": sqlite.insert(tasks)
    .values(created_at=DatabaseTime())
    .on_conflict_do_update(index_elements=["name", "entity_id"], set_=_BY_COLUMN),
    "mysql": _MARIADB_ENSURE,
    "mariadb": _MARIADB_ENSURE,
}
OPEN_ID = select(tasks.c.id).where(_NAME, tasks.c.entity_id == bindparam("entity"))
WANT = update(tasks).where(tasks.c.id == bindparam("task_id")).ordered_values(*_WANTED_AGAIN)
FIND = select(*TASK_COLUMNS).where(_NAME, tasks.c.entity_id == bindparam("entity"))
NEXT = (
    select(*TASK_COLUMNS)
    .where(_READY, tasks.c.losses == 0)
    .order_by(tasks.c.turn)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
NEXT_SUSPECT = (
    select(*TASK_COLUMNS)
    .where(_READY, tasks.c.losses > 0)
    .order_by(tasks.c.turn)
    .limit(1)
    .with_for_update(skip_locked=True)
)
ONE = (
    select(*TASK_COLUMNS)
    .where(_READY, tasks.c.entity_id == bindparam("entity"))
    .with_for_update(skip_locked=True)
)
CLAIM = (
    update(tasks)
    .where(tasks.c.id.in_(bindparam("task_ids", expanding=True)))
    .values(
        status=TaskStatus.CLAIMED,
        claimed_by=bindparam("lease"),
        fence=tasks.c.fence + 1,
        attempts=tasks.c.attempts + 1,
    )
)
HOLD = select(tasks.c.id).where(_HELD).with_for_update()
FINISH = delete(tasks).where(_HELD, tasks.c.wanted == bindparam("seen"))
FINISH_MANY = (
    delete(tasks)
    .where(
        tasks.c.id.in_(bindparam("task_ids", expanding=True)),
        tasks.c.claimed_by == bindparam("lease"),
    )
    .returning(tasks.c.id, tasks.c.fence, tasks.c.wanted)
)
BACK = update(tasks).where(_HELD).values(status=TaskStatus.READY, **_UNCLAIMED, attempts=tasks.c.attempts - 1)
AGAIN = (
    update(tasks)
    .where(_HELD)
    .values(status=TaskStatus.READY, turn=bindparam("new_turn"), **(_UNCLAIMED | _PROGRESS))
)
AFRESH = AGAIN.values(cancel_requested=False)
AGAIN_LATER = (
    update(tasks)
    .where(_HELD)
    .values(
        status=TaskStatus.SCHEDULED,
        claimed_by=None,
        due_at=DatabaseTime(bindparam("delay")),
        **_PROGRESS,
    )
)
TRY_LATER = (
    update(tasks)
    .where(_HELD)
    .values(
        status=TaskStatus.SCHEDULED,
        claimed_by=None,
        due_at=DatabaseTime(bindparam("delay")),
        losses=0,
        last_error=bindparam("error"),
        failing_since=None,
    )
)
FAILED_LATER = TRY_LATER.values(failing_since=func.coalesce(tasks.c.failing_since, DatabaseTime()))
BURY = (
    update(tasks)
    .where(_HELD)
    .values(status=TaskStatus.DEAD, last_error=bindparam("error"), cancel_requested=False, **_UNCLAIMED)
)
DISCARD = delete(tasks).where(tasks.c.id == bindparam("task_id"))
SOME_DUE = (
    select(tasks.c.id, tasks.c.name, tasks.c.project_id, tasks.c.cost)
    .where(DUE)
    .order_by(tasks.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
PROMOTE = (
    update(tasks)
    .where(tasks.c.id == bindparam("task_id"), tasks.c.status == TaskStatus.SCHEDULED)
    .values(status=TaskStatus.READY, due_at=None, turn=bindparam("new_turn"))
)
HELD_BY = select(tasks.c.id, tasks.c.fence, tasks.c.cancel_requested).where(
    tasks.c.claimed_by == bindparam("lease")
)
FREE = (
    update(tasks)
    .where(_HELD, tasks.c.claimed_by == bindparam("lease"))
    .values(status=TaskStatus.SCHEDULED, claimed_by=None, due_at=DatabaseTime(bindparam("delay")))
)
UNLOCKED = (
    select(tasks.c.id)
    .where(tasks.c.id.in_(bindparam("task_ids", expanding=True)))
    .with_for_update(skip_locked=True)
)
TELL = update(tasks).where(_HELD).values(progress=bindparam("told"))
NAMES = select(tasks.c.name).where(tasks.c.name > bindparam("after")).order_by(tasks.c.name).limit(1)
