"""What a transition table forbids cannot be written, on every database."""

from collections.abc import Iterator
from enum import StrEnum

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbican_like.common.states import TransitionTable
from barbican_like.model.database import Database
from barbican_like.model.sql import compare_and_set
from barbican_like.model.types import text


class Light(StrEnum):
    """A machine with three states."""

    RED = "RED"
    GREEN = "GREEN"
    OFF = "OFF"


LIGHTS = st.sampled_from(Light)
TABLES = st.fixed_dictionaries({light: st.frozensets(LIGHTS) for light in Light})
TABLE = sa.Table(
    "lights",
    sa.MetaData(),
    sa.Column("id", text(36), primary_key=True),
    sa.Column("status", text(16), nullable=False),
    prefixes=["TEMPORARY"],
)


@pytest.fixture
def lights(database: Database) -> Iterator[sa.Connection]:
    """A connection with a table of lights of its own."""
    with database.writing() as connection:
        TABLE.create(connection)
        yield connection
        TABLE.drop(connection)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=TABLES, old=LIGHTS, new=LIGHTS)
def test_only_permitted_moves_are_written(
    lights: sa.Connection, moves: dict[Light, frozenset[Light]], old: Light, new: Light
) -> None:
    """One row is hit where the move is permitted, and none where not; another row never."""
    lights.execute(TABLE.delete())
    lights.execute(TABLE.insert(), [{"id": name, "status": old.value} for name in ("this", "other")])
    table = TransitionTable(moves)
    hit = lights.execute(compare_and_set(TABLE, table, new), {"of_id": "this"}).rowcount
    after = {row.id: row.status for row in lights.execute(sa.select(TABLE))}
    assert after["other"] == old
    assert after["this"] == (new if table.permits(old, new) else old)
    assert hit == table.permits(old, new)
