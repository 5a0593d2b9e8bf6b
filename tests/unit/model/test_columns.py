"""A model's columns: which they are, in which order, and the ways between a row and a value."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from barbican_like.model.columns import Columns

OWNERS = sa.table("owners", sa.column("id"), sa.column("name"))
THINGS = sa.table("things", sa.column("size"), sa.column("id"), sa.column("owner"), sa.column("hidden"))


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A model whose fields have names."""

    id: str
    owner: str  # a column of another table
    size: int
    parts: tuple[str, ...] = ()  # no column


class Pair(NamedTuple):
    """The same by position."""

    id: str
    owner: str
    size: int
    parts: tuple[str, ...] = ()


@pytest.fixture(params=[Thing, Pair])
def model(request: pytest.FixtureRequest) -> type[Thing] | type[Pair]:
    """Both kinds of models."""
    return request.param


@pytest.fixture
def columns(model: type[Thing] | type[Pair]) -> Columns[Thing] | Columns[Pair]:
    """The columns of that model."""
    return Columns(THINGS, model, owner=OWNERS.c.name)


def test_columns_come_in_the_order_of_the_fields(columns: Columns[Thing]) -> None:
    """Whatever the table's order; a column of another table is called like its field."""
    statement = sa.select(*columns).compile(dialect=sqlite.dialect())
    assert str(statement).splitlines()[0] == "SELECT things.id, owners.name AS owner, things.size "
    assert len(columns) == 3


def test_a_row_becomes_a_value(columns: Columns[Thing], model: type[Thing]) -> None:
    """From wherever its columns begin; a field without a column is given, or has its default."""
    assert columns.value(("i", "o", 1)) == model(id="i", owner="o", size=1)
    row = ("before", "i", "o", 1, "after")
    assert columns.value(row, 1, parts=("p",)) == model(id="i", owner="o", size=1, parts=("p",))


def test_a_value_becomes_a_row(columns: Columns[Thing], model: type[Thing]) -> None:
    """With what is told otherwise, or is no field at all."""
    value = model(id="i", owner="o", size=1)
    assert columns.row(value) == {"id": "i", "owner": "o", "size": 1}
    assert columns.row(value, owner="1", hidden=2) == {"id": "i", "owner": "1", "size": 1, "hidden": 2}


def test_a_column_may_tell_something_else_than_the_field() -> None:
    """A field that is given wins over what the row has."""
    assert Columns(THINGS, Thing, owner=OWNERS.c.name).value(("i", "o", "1"), size=1).size == 1


def test_a_row_of_another_width_is_refused() -> None:
    """A statement that selects something else is a defect."""
    with pytest.raises(ValueError, match="zip"):
        Columns(THINGS, Thing, owner=OWNERS.c.name).value(("i", "o"))
