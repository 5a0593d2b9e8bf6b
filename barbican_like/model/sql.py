"""Conditions and statements that more than one repository builds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVarTuple

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Join,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from barbican_like.common.states import S, TransitionTable
from barbican_like.model.filters import Comparison
from barbican_like.model.models import OPEN, UNGUARDED, Access, Guard, Page
from barbican_like.model.tables import projects, secrets
from barbican_like.model.types import JsonList

Ts = TypeVarTuple("Ts")

_COMPARE: dict[Comparison, Callable[[Any, Any], ColumnElement[bool]]] = {
    Comparison.EQUAL: lambda column, value: column == value,
    Comparison.GREATER: lambda column, value: column > value,
    Comparison.GREATER_OR_EQUAL: lambda column, value: column >= value,
    Comparison.LESS: lambda column, value: column < value,
    Comparison.LESS_OR_EQUAL: lambda column, value: column <= value,
}


def like(column: Column[Any]) -> ColumnElement[bool]:
    """LIKE the pattern bound under the column's name, prepared by :func:`like_pattern`."""
    return column.like(bindparam(column.name), escape="\\")


def like_pattern(wildcards: str) -> str:
    """The client's pattern: its % and _ are wildcards, a backslash stands for itself everywhere."""
    return wildcards.replace("\\", "\\\\")


def dated(column: Column[datetime], comparison: Comparison) -> ColumnElement[bool]:
    """A comparison with the time bound under the column's and the comparison's name."""
    return _COMPARE[comparison](column, bindparam(f"{column.name}_{comparison}"))


def owned(table: Table) -> Join:
    """A table's rows with the projects that they belong to."""
    return table.join(projects, projects.c.id == table.c.project_id)


def guarded(table: Table, acls: Table, users: Table) -> tuple[Join, tuple[ColumnElement[Any], ...]]:
    """A table's rows with their projects and ACLs, and the columns that :func:`access_of` is told.

    The caller whose access these tell is bound under the name ``reader``.
    """
    reader = users.alias("reader")
    joined = (
        owned(table)
        .outerjoin(acls, acls.c.entity_id == table.c.id)
        .outerjoin(reader, and_(reader.c.entity_id == table.c.id, reader.c.user_id == bindparam("reader")))
    )
    return joined, (acls.c.project_access, reader.c.user_id.label("reader_id"))


def access_of(project_access: bool | None, reader_id: str | None) -> Access:
    """What a row of a join with an ACL and its entry for the caller tells; None stands for no row."""
    if project_access is None:
        return OPEN
    return Access(project=project_access, reader=reader_id is not None)


def readers_of(table: Table, users: Table) -> ColumnElement[Any]:
    """All users whom the ACL of a table's row names, as :func:`guard_of` is told them."""
    mine = select(JsonList(users.c.user_id)).where(users.c.entity_id == table.c.id)
    return mine.correlate(table).scalar_subquery().label("readers")


def guard_of(project_access: bool | None, readers: str | None) -> Guard:
    """What the columns of an ACL and :func:`readers_of` tell; None stands for no row."""
    if project_access is None:
        return UNGUARDED
    return Guard(project_access, tuple(sorted(orjson.loads(readers))) if readers else ())


def paged(statement: Select[*Ts]) -> Select[*Ts]:
    """The part of a list that :func:`bounds` tells."""
    return statement.limit(bindparam("limit")).offset(bindparam("offset"))


def bounds(page: Page) -> dict[str, Any]:
    """The values of a statement that is :func:`paged`."""
    return {"limit": page.limit, "offset": page.offset}


def unexpired() -> ColumnElement[bool]:
    """Whether a secret still lives at the bound time ``now``."""
    return or_(secrets.c.expiration.is_(None), secrets.c.expiration > bindparam("now"))


def compare_and_set(table: Table, moves: TransitionTable[S], new: S) -> Update:
    """Give the row ``of_id`` another status, where the one that it has may precede it; else hit no row.

    So what the transition table forbids cannot be written. Further columns are added by ``values()``.
    """
    before = sorted(state.value for state in moves.predecessors(new))
    return (
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.status.in_(before))
        .values(status=new.value)
    )
