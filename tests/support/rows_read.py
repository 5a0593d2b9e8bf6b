"""How many rows a database reads for something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import sqlalchemy as sa

# What a server says of the rows that this connection has read.
_ROWS_READ = {
    "postgresql": "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables",
    "mysql": "SELECT sum(variable_value) FROM information_schema.session_status "
    "WHERE variable_name LIKE 'handler_read%' OR variable_name LIKE 'handler_icp_attempts'",
}
_INSTRUCTIONS_A_ROW = 30  # of SQLite's machine, which counts no rows: less than a row of these takes


@contextmanager
def rows_read(connection: sa.Connection) -> Iterator[list[int]]:
    """Gives a list that holds the number of rows read, once the block is over."""
    found: list[int] = []
    if connection.dialect.name == "sqlite":
        ticks = count()
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: next(ticks) < 0, _INSTRUCTIONS_A_ROW)
        yield found
        driver.set_progress_handler(None, 1)
        found.append(next(ticks))
        return
    question = sa.text(_ROWS_READ[connection.dialect.name])
    before = int(connection.execute(question).scalar_one())
    yield found
    found.append(int(connection.execute(question).scalar_one()) - before)
