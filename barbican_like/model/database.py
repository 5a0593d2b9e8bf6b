"""Connections: one database, read in autocommit and written in short transactions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, ExceptionContext, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from barbican_like.common.errors import ConfigurationError, Overloaded, ReadOnly
from barbican_like.common.notices import Notice
from barbican_like.model import servers, sqlite
from barbican_like.model.drivers import Trouble, described, hide_values, is_silence, trouble_of
from barbican_like.model.idle_check import TRUSTED_SECONDS, try_idle_connections
from barbican_like.model.readers import Readers
from barbican_like.model.silence import Silence
from barbican_like.model.totals import Totals
from barbican_like.model.writer_lock import WriterLock

# PostgreSQL shall read by the index also where it has to guess: it expects of a project that it does not know
# yet as much as of the average, so that one project of a million has it read the whole table for a small one.
_READ_ONLY: Final = {
    "sqlite": "PRAGMA query_only=ON",
    "postgresql": "SET default_transaction_read_only=on; SET enable_seqscan=off; SET jit=off",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


_BEGIN_SNAPSHOT: Final = {
    "sqlite": ("BEGIN",),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
}

Observer = Callable[[Any, Sequence[Notice]], None]
"""Hears of a unit of work's notices before its commit, and may write with it."""


class Database:
    """A database's two pools: one that reads in autocommit, one that writes in transactions.

    :param url: SQLAlchemy URL of SQLite, PostgreSQL (psycopg) or MariaDB (PyMySQL).
    :param pool_size: connections kept open at most in each pool.
    :param lock_wait: seconds to wait for a lock, then :class:`Overloaded`.
    :param bounded: whether every statement must be done in about that time too, as requests and workers need
        it; a migration or another command of an operator may take longer.
    :param trusted: seconds since its last use in which a server's connection is used untried.
    :param pause: seconds that a server waits for a transaction's next statement, then it ends it: a process
        that was stopped in one, or whose machine is lost, must not keep its locks.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        lock_wait: float = 5.0,
        bounded: bool = False,
        trusted: float = TRUSTED_SECONDS,
        pause: int = 15,
    ) -> None:
        self.url = _parse(url)
        # Each is given a unit of work and its notices, before the commit; the composition root sets them.
        self.observers: tuple[Observer, ...] = ()
        self._begin_reading: Callable[[Connection], None] | None = None
        self._gate: AbstractContextManager[None] | WriterLock = nullcontext()
        pool_wait = lock_wait
        if self.url.get_backend_name() == "sqlite":
            options = sqlite.engine_options(self.url, lock_wait)
            self._gate = gate = WriterLock(Path(f"{self.url.database}-writer"), lock_wait)
        else:
            options = servers.engine_options(self.url, lock_wait, bounded=bounded, pause=pause)
            pool_wait += servers.POOL_AFTER_LOCK
        options["hide_parameters"] = True
        self.reader = create_engine(
            self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool, pool_reset_on_return=None, **options
        )
        bounds = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": pool_wait}
        self.writer = create_engine(self.url, **_writer_options(self.url), **bounds, **options)
        if self.url.get_backend_name() == "sqlite":
            sqlite.prepare_reader(self.reader)
            sqlite.prepare_writer(self.writer, lock_wait, lambda: gate.left)
            trusted = math.inf
            if bounded:
                self._begin_reading = sqlite.bound_statements(self.reader, lock_wait)
                event.listen(self.writer, "begin", sqlite.bound_statements(self.writer, lock_wait))
        else:
            try_idle_connections(self.writer, trusted=trusted)
        if bounded and self.url.get_backend_name() == "postgresql":
            for engine in self.engines():
                servers.bound_sockets(engine, lock_wait)
        self._silence = Silence(self._ask)
        self._listen()
        self._readers = Readers(
            self.reader,
            size=pool_size,
            wait=pool_wait,
            trusted=trusted,
            require_answers=self._silence.require_none,
        )
        self.totals = Totals(self.reading, wait=pool_wait)

    def _listen(self) -> None:
        for engine in self.engines():
            event.listen(engine, "handle_error", self._look_at)
        event.listen(self.reader, "connect", self._allow_reading_alone)
        # Whoever has waited for the pool shall not wait for the server too.
        event.listen(self.writer, "do_connect", self._require_answers, insert=True)
        event.listen(self.writer, "checkout", self._require_answers, insert=True)
        event.listen(self.writer, "invalidate", self._look_at_lost)

    @property
    def dialect(self) -> str:
        """``sqlite``, ``postgresql`` or ``mysql`` (MariaDB included)."""
        return self.writer.dialect.name

    def take_reader(self) -> Connection:
        """A connection on which each statement sees what is committed by then, to be given back.

        :raises Overloaded: when none can be had in time.
        """
        self._silence.require_none()
        try:
            connection = self._readers.take()
        except DBAPIError as error:
            _raise_if_busy(error)
            raise
        if self._begin_reading is not None:
            self._begin_reading(connection)
        return connection

    def give_back_reader(self, connection: Connection, error: BaseException | None) -> None:
        """End the use of a connection.

        :param error: what ended it, where something did.
        :raises Overloaded: when that was the database, busy or gone.
        :raises ReadOnly: when that was an attempt to write.
        """
        self._readers.give_back(connection, error)
        if isinstance(error, DBAPIError):
            _raise_if_refused(error)
            _raise_if_busy(error)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which each statement sees what is committed by then."""
        connection = self.take_reader()
        with ExitStack() as stack:
            stack.push(lambda _kind, error, _trace: self.give_back_reader(connection, error))
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection on which all statements see what was committed by the first of them.

        :raises Overloaded: when none can be had in time.
        """
        with self.reading() as connection:
            for statement in _BEGIN_SNAPSHOT[self.dialect]:
                connection.exec_driver_sql(statement)
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back on any error.

        :raises Overloaded: when a lock or a connection cannot be had in time.
        """
        self._silence.require_none()
        try:
            with self._gate, self.writer.begin() as connection:
                yield connection
        except PoolTimeout as error:
            raise Overloaded("no database connection was free in time") from error
        except DBAPIError as error:
            _raise_if_busy(error)
            raise

    def _require_answers(self, *_: object) -> None:
        self._silence.require_none()

    def _ask(self) -> None:
        """Connect, which takes several answers of a server."""
        with self.reader.connect():
            pass

    def _look_at(self, context: ExceptionContext) -> None:
        """Learn from an error, and let it quote nothing."""
        if is_silence(context.original_exception):
            self._silence.begin()
        elif context.connection is not None:
            hide_values(context.original_exception, context.sqlalchemy_exception)

    def _look_at_lost(self, _connection: object, _record: object, error: BaseException | None) -> None:
        """Learn also from the rollback of what the pool is given back, whose error it keeps to itself."""
        if error is not None and is_silence(error):
            self._silence.begin()

    def _allow_reading_alone(self, connection: Any, _record: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(_READ_ONLY[self.dialect])

    def engines(self) -> tuple[Engine, Engine]:
        """Both engines, for listeners such as a statement counter."""
        return self.reader, self.writer

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._silence.close()
        self.totals.close()
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


def _writer_options(url: URL) -> dict[str, Any]:
    # Claims and compare-and-set updates need no gap locks; without them MariaDB rarely deadlocks.
    return {} if url.get_backend_name() == "sqlite" else {"isolation_level": "READ COMMITTED"}


def _raise_if_busy(error: DBAPIError) -> None:
    """Raise Overloaded where trying again is the right thing."""
    if error.connection_invalidated or trouble_of(error) is Trouble.BUSY:
        raise Overloaded(f"database: {described(error)}") from error


def _raise_if_refused(error: DBAPIError) -> None:
    """Raise ReadOnly where a connection that may only read has refused a write."""
    # A savepoint outside a transaction is none on MariaDB: its missing end hides what was refused within.
    for cause in (error, getattr(error.orig, "__context__", None)):
        if isinstance(cause, DBAPIError) and trouble_of(cause) is Trouble.READ_ONLY:
            raise ReadOnly from error
