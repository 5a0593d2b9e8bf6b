"""Steps of migrations that pass over what is there already.

MariaDB commits each DDL statement by itself: an upgrade that broke off there is taken up again in the middle
of a migration. So a migration is made of these steps, or asks what is there before its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op


def create_table(name: str, *items: sa.Column[Any] | sa.Constraint, **options: Any) -> None:
    """Make a table; its indexes are steps of their own."""
    if not has_table(name):
        op.create_table(name, *items, **options)


def create_index(name: str, table: str, columns: Sequence[str], **options: Any) -> None:
    """Make an index."""
    if not has_index(table, name):
        op.create_index(name, table, columns, **options)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column."""
    if not has_column(table, column.name):
        op.add_column(table, column)


def insert_only_row(table: str, row: dict[str, Any]) -> None:
    """Insert the one row that a table has."""
    into = sa.table(table, *map(sa.column, row))
    if op.get_bind().execute(sa.select(sa.func.count()).select_from(into)).scalar_one() == 0:
        op.bulk_insert(into, [row])


def has_table(name: str) -> bool:
    """Whether there is such a table."""
    return _look().has_table(name)


def has_column(table: str, name: str) -> bool:
    """Whether a table has such a column."""
    return name in {column["name"] for column in _look().get_columns(table)}


def has_index(table: str, name: str) -> bool:
    """Whether a table has such an index; on servers a unique constraint is one too."""
    return name in {index["name"] for index in _look().get_indexes(table)}


def has_foreign_key(table: str, name: str) -> bool:
    """Whether a table has such a foreign key."""
    return name in {key["name"] for key in _look().get_foreign_keys(table)}


def primary_key(table: str) -> list[str]:
    """The columns of a table's primary key; none where it has none."""
    return _look().get_pk_constraint(table)["constrained_columns"]


def _look() -> sa.Inspector:
    return sa.inspect(op.get_bind())  # a new one each time: it remembers what it saw
