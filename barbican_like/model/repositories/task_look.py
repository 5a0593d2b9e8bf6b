"""What a worker asks of the task rows, many times a second: which kinds have ready rows, is any due."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, literal_column, select

from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime

_ONE: Final[ColumnElement[int]] = literal_column("1")
"""A bound one would let PostgreSQL expect many rows, find its plan dear, and plan each time anew."""

DUE = and_(tasks.c.status == TaskStatus.SCHEDULED, tasks.c.due_at <= DatabaseTime())
"""Scheduled rows whose time has come."""


@lru_cache(maxsize=64)
def look_for(kinds: tuple[str, ...]) -> tuple[Executable, dict[str, str]]:
    """The statement, and its parameters: a column for each kind in their order, and ``due``.

    It asks for the first row in the order of an index. Whether there is any at all (EXISTS) PostgreSQL would
    find out by reading the table, once its plan is made without knowing the kind.
    """
    asked = [
        _is_there(
            select(tasks.c.turn)
            .where(tasks.c.name == bindparam(f"kind_{number}"), tasks.c.status == TaskStatus.READY)
            .order_by(tasks.c.turn)
        ).label(f"ready_{number}")
        for number in range(len(kinds))
    ]
    due = _is_there(select(tasks.c.due_at).where(DUE).order_by(tasks.c.due_at))
    return select(*asked, due.label("due")), {f"kind_{number}": name for number, name in enumerate(kinds)}


def _is_there(statement: Select[Any]) -> ColumnElement[bool]:
    return statement.limit(_ONE).scalar_subquery().is_not(None)
