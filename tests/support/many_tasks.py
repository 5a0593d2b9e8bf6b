"""Millions of task rows, written by the database itself."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime

_ANALYZE: Final = {"sqlite": "ANALYZE", "postgresql": "ANALYZE tasks", "mysql": "ANALYZE TABLE tasks"}


def add_many(
    connection: sa.Connection, status: TaskStatus, count: int, *, name: str, lease_id: str | None = None
) -> None:
    """Add rows of a kind, of a hundred projects, and let the database count what it has.

    :param status: READY, SCHEDULED (for tomorrow) or CLAIMED.
    :param lease_id: who has them, where they are claimed.
    """
    values = _columns(status, name, lease_id, _numbers(count))
    connection.execute(tasks.insert().from_select(list(values), sa.select(*values.values())))
    connection.exec_driver_sql(_ANALYZE[connection.dialect.name])


def _numbers(count: int) -> sa.ColumnElement[int]:
    """The numbers below ``count``, as a column of a cross join that every database understands."""
    digits = sa.union_all(*(sa.select(sa.literal(digit).label("digit")) for digit in range(10))).cte("digits")
    places = [digits.alias(f"place_{place}") for place in range(len(str(max(1, count - 1))))]
    total = sum((place.c.digit * 10**power for power, place in enumerate(places)), start=sa.literal(0))
    found = sa.select(total.label("number")).select_from(_crossed(places)).subquery("numbers")
    return sa.select(found.c.number).where(found.c.number < count).subquery("below").c.number


def _crossed(places: list[Any]) -> Any:
    crossed = places[0]
    for place in places[1:]:
        # True for all: SQLAlchemy warns of a join that does not compare its sides.
        crossed = crossed.join(place, places[0].c.digit < place.c.digit + 10)
    return crossed


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
