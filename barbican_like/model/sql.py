"""Conditions and statements that more than one repository builds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, ColumnElement, Join, Table, Update, and_, bindparam, or_, select, update

from barbican_like.common.states import S, TransitionTable
from barbican_like.model.filters import Comparison
from barbican_like.model.models import OPEN, UNGUARDED, Access, Guard
from barbican_like.model.tables import projects, secrets
from barbican_like.model.types import JsonList

_LITERAL: Final = re.compile(r"[\\_]")
"""What has a meaning in LIKE, but not for clients."""

_COMPARE: dict[Comparison, Callable[[Any, Any], ColumnElement[bool]]] = {
    Comparison.EQUAL: lambda column, value: column == value,
    Comparison.GREATER: lambda column, value: column > value,
    Comparison.GREATER_OR_EQUAL: lambda column, value: column >= value,
    Comparison.LESS: lambda column, value: column < value,
    Comparison.LESS_OR_EQUAL: lambda column, value: column <= value,
}


def like(column: Column[Any], number: int) -> ColumnElement[bool]:
    """LIKE one of so many patterns, bound as :func:`like_values` says."""
    return or_(*(column.like(bindparam(f"{column.name}_{each}"), escape="\\") for each in range(number)))


def like_values(column: str, texts: Sequence[str]) -> dict[str, str]:
    """The values of :func:`like` for a column. ``%`` stands for any characters, all else for itself."""
    return {f"{column}_{each}": _LITERAL.sub(r"\\\g<0>", text) for each, text in enumerate(texts)}


def dated(column: Column[datetime], comparison: Comparison) -> ColumnElement[bool]:
    """A comparison with the time bound under the column's and the comparison's name."""
    return _COMPARE[comparison](column, bindparam(f"{column.name}_{comparison}"))


def owned(table: Table) -> Join:
    """A table's rows with the projects that they belong to."""
    return table.join(projects, projects.c.id == table.c.project_id)


#: The external id of the project whose rows are listed, as their own column.
OWNER = bindparam("external_id", type_=projects.c.external_id.type)


def mine(table: Table) -> ColumnElement[bool]:
    """Whether a row belongs to the project that is bound under ``external_id``.

    Not by a join: PostgreSQL would sort all rows of the project, since it cannot know that it is one project.
    """
    project = select(projects.c.id).where(projects.c.external_id == bindparam("external_id"))
    return table.c.project_id == project.scalar_subquery()


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
    named = select(JsonList(users.c.user_id)).where(users.c.entity_id == table.c.id)
    return named.correlate(table).scalar_subquery().label("readers")


def guard_of(project_access: bool | None, readers: str | None) -> Guard:
    """What the columns of an ACL and :func:`readers_of` tell; None stands for no row."""
    if project_access is None:
        return UNGUARDED
    return Guard(project_access, tuple(sorted(orjson.loads(readers))) if readers else ())


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
