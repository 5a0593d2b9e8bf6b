"""Connections: one database, read in autocommit and written in short transactions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from barbican_like.common.errors import ConfigurationError, Overloaded
from barbican_like.model import sqlite
from barbican_like.model.idle_check import TRUSTED_SECONDS, try_idle_connections
from barbican_like.model.readers import Readers
from barbican_like.model.writer_lock import WriterLock

_POSTGRESQL_BUSY = frozenset({"55P03", "40P01", "40001", "57014", "53300"})
# 1021 and 1114 are a full disk; 1053 and those over 2000 are a server that goes, or is gone; 1305 is a
# savepoint that went with its transaction in a deadlock.
_MARIADB_BUSY = frozenset({1205, 1213, 1305, 1040, 3572, 1021, 1114, 1053, 2002, 2003, 2006, 2013})
_SQLITE_BUSY = (
    "database is locked",
    "database table is locked",
    "locking protocol",
    "database or disk is full",
    "disk I/O error",
)


class Database:
    """A database's two pools: one that reads in autocommit, one that writes in transactions.

    :param url: SQLAlchemy URL of SQLite, PostgreSQL (psycopg) or MariaDB (PyMySQL).
    :param pool_size: connections kept open at most in each pool.
    :param lock_wait: seconds to wait for a lock, then :class:`Overloaded`.
    :param trusted: seconds since its last use in which a server's connection is used untried.
    """

    def __init__(
        self, url: str, *, pool_size: int = 8, lock_wait: float = 5.0, trusted: float = TRUSTED_SECONDS
    ) -> None:
        self.url = _parse(url)
        self._gate: AbstractContextManager[None] | WriterLock = nullcontext()
        if self.url.get_backend_name() == "sqlite":
            options = sqlite.engine_options(self.url, lock_wait)
            self._gate = WriterLock(Path(f"{self.url.database}-writer"), lock_wait)
        else:
            options = _server_options(self.url, lock_wait)
        self.reader = create_engine(
            self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool, pool_reset_on_return=None, **options
        )
        bounds = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": lock_wait}
        self.writer = create_engine(self.url, **_writer_options(self.url), **bounds, **options)
        if self.url.get_backend_name() == "sqlite":
            sqlite.prepare_reader(self.reader)
            sqlite.prepare_writer(self.writer)
            trusted = math.inf
        else:
            try_idle_connections(self.writer, trusted=trusted)
        self._readers = Readers(self.reader, size=pool_size, wait=lock_wait, trusted=trusted)

    @property
    def dialect(self) -> str:
        """``sqlite``, ``postgresql`` or ``mysql`` (MariaDB included)."""
        return self.writer.dialect.name

    def take_reader(self) -> Connection:
        """A connection on which each statement sees what is committed by then, to be given back.

        :raises Overloaded: when none can be had in time.
        """
        try:
            return self._readers.take()
        except DBAPIError as error:
            _raise_if_busy(error)
            raise

    def give_back_reader(self, connection: Connection, error: BaseException | None) -> None:
        """End the use of a connection.

        :param error: what ended it, where something did.
        :raises Overloaded: when that was the database, busy or gone.
        """
        self._readers.give_back(connection, error)
        if isinstance(error, DBAPIError):
            _raise_if_busy(error)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which each statement sees what is committed by then."""
        connection = self.take_reader()
        with ExitStack() as stack:
            stack.push(lambda _kind, error, _trace: self.give_back_reader(connection, error))
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back on any error.

        :raises Overloaded: when a lock or a connection cannot be had in time.
        """
        try:
            with self._gate, self.writer.begin() as connection:
                yield connection
        except PoolTimeout as error:
            raise Overloaded("no database connection was free in time") from error
        except DBAPIError as error:
            _raise_if_busy(error)
            raise

    def engines(self) -> tuple[Engine, Engine]:
        """Both engines, for listeners such as a statement counter."""
        return self.reader, self.writer

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._readers.close()
        self.writer.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError("[database] connection is not a usable SQLAlchemy URL") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql", "mysql", "mariadb"}:
        raise ConfigurationError("[database] connection: SQLite, PostgreSQL and MariaDB are supported")
    return parsed


def _server_options(url: URL, lock_wait: float) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        connect_args: dict[str, Any] = {
            "options": f"-c lock_timeout={int(lock_wait * 1000)} -c timezone=UTC",
            "connect_timeout": max(2, int(lock_wait)),
        }
    else:
        connect_args = {
            "init_command": f"SET SESSION innodb_lock_wait_timeout={max(1, int(lock_wait))}, "
            "time_zone='+00:00', sql_mode='TRADITIONAL'",
            "charset": "utf8mb4",
            "connect_timeout": max(2, int(lock_wait)),
        }
    return {"connect_args": connect_args}


def _writer_options(url: URL) -> dict[str, Any]:
    # Claims and compare-and-set updates need no gap locks; without them MariaDB rarely deadlocks.
    return {} if url.get_backend_name() == "sqlite" else {"isolation_level": "READ COMMITTED"}


def _raise_if_busy(error: DBAPIError) -> None:
    """Raise Overloaded where trying again is the right thing."""
    reason = _busy_reason(error.orig)
    if error.connection_invalidated or reason:
        raise Overloaded(f"database: {reason or type(error.orig).__name__}") from error


def _busy_reason(error: BaseException | None) -> str | None:
    """What is the matter where trying again is the right thing, in words without data; else None."""
    # MariaDB's number first: PyMySQL's errors have a state too, but HY000 for every kind of them.
    arguments = getattr(error, "args", ())
    if arguments and isinstance(arguments[0], int):
        return f"MariaDB error {arguments[0]}" if arguments[0] in _MARIADB_BUSY else None
    state = getattr(error, "sqlstate", "")
    if state is None and type(error).__name__ == "OperationalError":
        return "PostgreSQL cannot be reached"  # only what a server says has a state
    if state:
        busy = state in _POSTGRESQL_BUSY or state.startswith(("08", "57P", "53"))
        return f"PostgreSQL {state} {type(error).__name__}" if busy else None
    return next((sign for sign in _SQLITE_BUSY if sign in str(error)), None)
