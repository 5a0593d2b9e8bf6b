"""Databases for tests: one of each kind a session, made and migrated at first use, dropped at the end."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.activity import tables as of_activity
from barbican_like.contexts import tables as of_contexts
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.tables import metadata
from tests.support.servers import required_url

#: The kinds as parameters of a fixture; all but SQLite need a server.
KINDS: Final = (
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
)

_VARIABLES: Final = {"postgresql": "BARBICAN_TEST_POSTGRES_URL", "mariadb": "BARBICAN_TEST_MARIADB_URL"}
#: PostgreSQL's databases are made with a language's order of letters, to show what depends on it.
_OPTIONS: Final = {
    "postgresql": " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    "mariadb": "",
}
#: Written once, by migrations, and the feed, whose numbers never come again.
_KEPT: Final = frozenset({"deployment", "feed_head", "changes", "changes_new"})
_CLEARED: Final = tuple(
    table
    for described in (of_activity.metadata, of_contexts.metadata, metadata)
    for table in reversed(described.sorted_tables)
    if table.name not in _KEPT
)


@contextmanager
def empty_url(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a fresh database without any table; it is dropped at the end.

    :param kind: one of :data:`KINDS`.
    :param folder: where a SQLite file may be put.
    """
    name = f"barbican_test_{uuid.uuid4().hex}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.sqlite"
        return
    server = sa.make_url(required_url(_VARIABLES[kind]))
    _on_server(server, f"CREATE DATABASE {name}{_OPTIONS[kind]}")
    try:
        if kind == "postgresql":  # as above
            _on_server(server, f"ALTER DATABASE {name} SET synchronous_commit = off")
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(server, f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}")


@contextmanager
def migrated(kind: str, folder: Path) -> Iterator[Database]:
    """A fresh database with every table."""
    with empty_url(kind, folder) as url:
        database = Database(url, pool_size=16)
        if kind == "sqlite":
            for engine in database.engines():
                sa.event.listen(engine, "connect", _without_waiting_for_the_disk)
        try:
            migrate.upgrade(database, branches=rooms.migrations())
            yield database
        finally:
            database.close()


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """No test pulls the plug, and a session commits thousands of times."""
    connection.execute("PRAGMA synchronous=OFF")


def clear(database: Database) -> None:
    """Remove every row that a test has written."""
    with database.writing() as connection:
        for table in _CLEARED:
            connection.execute(table.delete())


def _on_server(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
