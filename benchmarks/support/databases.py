"""Databases for one run: made empty, dropped at the end."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

SERVERS: Final = {
    "postgresql": os.environ.get(
        "BARBICAN_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    ),
    "mariadb": os.environ.get("BARBICAN_TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}
"""Where databases are made, by kind; the variables are those of the tests."""
BROKER: Final = os.environ.get("BARBICAN_TEST_RABBIT_URL", "rabbit://guest:guest@127.0.0.1:5672/")
KINDS: Final = ("sqlite", *SERVERS)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database without tables.

    :param kind: one of :data:`KINDS`.
    :param folder: where a SQLite file may be put.
    """
    name = f"barbican_benchmark_{uuid.uuid4().hex}"
    if kind == "sqlite":
        path = folder / f"{name}.sqlite"
        try:
            yield f"sqlite:///{path}"
        finally:
            for file in folder.glob(f"{name}*"):
                file.unlink()
        return
    server = sa.make_url(SERVERS[kind])
    _run(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server, f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}")


def analyze(url: str) -> None:
    """Let a PostgreSQL database count what it has, as its own daemon does a while after rows were stored."""
    _run(sa.make_url(url).set(drivername="postgresql+psycopg"), "ANALYZE")


def _run(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
