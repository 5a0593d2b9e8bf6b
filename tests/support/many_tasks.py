"""Millions of task rows, written by the database itself."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime
from tests.support.numbers import numbers

_ANALYZE: Final = {"sqlite": "ANALYZE", "postgresql": "ANALYZE tasks", "mysql": "ANALYZE TABLE tasks"}


def add_many(
    connection: sa.Connection, status: TaskStatus, count: int, *, name: str, lease_id: str | None = None
) -> None:
    """Add rows of a kind, of a hundred projects, and let the database count what it has.

    :param status: READY, SCHEDULED (for tomorrow) or CLAIMED.
    :param lease_id: who has them, where they are claimed.
    """
    values = _columns(status, name, lease_id, numbers(count))
    connection.execute(tasks.insert().from_select(list(values), sa.select(*values.values())))
    connection.exec_driver_sql(_ANALYZE[connection.dialect.name])


def _columns(
    status: TaskStatus, name: str, lease_id: str | None, number: sa.ColumnElement[int]
) -> dict[str, Any]:
    row_id = sa.literal(f"{ids.new_id()[:8]}-") + sa.cast(number, sa.String(8))  # unlike those of other fills
    tomorrow = DatabaseTime(sa.literal(86_400.0))
    return {
        "id": row_id,
        "name": sa.literal(name),
        "entity_id": row_id,
        "project_id": sa.literal("p") + sa.cast(number % 100, sa.String(8)),
        "kwargs": sa.literal("{}"),
        "status": sa.literal(str(status)),
        "cost": sa.literal(1000),
        "turn": number * 1000,
        "due_at": tomorrow if status is TaskStatus.SCHEDULED else sa.null(),
        "claimed_by": sa.literal(lease_id) if status is TaskStatus.CLAIMED else sa.null(),
        "wanted": sa.literal(1),
        "fence": sa.literal(0),
        "attempts": sa.literal(0),
        "losses": sa.literal(0),
        "cancel_requested": sa.false(),
        "created_at": DatabaseTime(),
    }
