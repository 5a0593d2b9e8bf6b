"""How long a statement may take, on every database."""

import pytest
import sqlalchemy as sa

from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database

LONG = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < 8000000) "
    "select max(i) from n",
    "postgresql": "select pg_sleep(1)",
    "mysql": "select sleep(1)",
}
LOCK_WAIT = 0.2  # seconds


@pytest.fixture(params=["reading", "writing"])
def use(request: pytest.FixtureRequest) -> str:
    """Both ways to a connection."""
    return str(request.param)


def run(database: Database, use: str, statement: str) -> None:
    """Do one statement."""
    with getattr(database, use)() as connection:
        connection.execute(sa.text(statement)).all()


def other(database: Database, *, bounded: bool) -> Database:
    """The same database, for one that waits a short time only."""
    url = database.url.render_as_string(hide_password=False)
    return Database(url, lock_wait=LOCK_WAIT, bounded=bounded)


def test_a_statement_that_takes_too_long_is_ended_and_costs_a_503(database: Database, use: str) -> None:
    """For requests and workers; the next one is done, over the same pool."""
    bounded = other(database, bounded=True)
    with pytest.raises(Overloaded):
        run(bounded, use, LONG[database.dialect])
    run(bounded, use, "select 1")
    bounded.close()


def test_a_command_of_an_operator_may_take_longer(database: Database, use: str) -> None:
    """Such as a migration."""
    unbounded = other(database, bounded=False)
    run(unbounded, use, LONG[database.dialect])
    unbounded.close()
