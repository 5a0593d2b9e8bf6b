"""Open connections for reading, lent to one thread at a time.

A pool of SQLAlchemy's makes and ends a ``Connection`` object for each use, a third of what a short statement
costs in all. What reads in autocommit has nothing to end, so the objects themselves are kept.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from barbican_like.common.errors import Overloaded
from barbican_like.model.idle_check import is_alive


class Readers:
    """A bounded number of connections, the one used last lent first.

    :param engine: makes connections in autocommit and pools none.
    :param size: connections at most.
    :param wait: seconds to wait for a free one.
    :param trusted: seconds since its last use in which a connection is lent untried.
    :param require_answers: raises while the server is known to say nothing, so that who has waited for a
        connection does not wait for the server as well.
    """

    def __init__(
        self, engine: Engine, *, size: int, wait: float, trusted: float, require_answers: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._wait = wait
        self._trusted = trusted
        self._require_answers = require_answers
        self._free = threading.Semaphore(size)
        self._idle: deque[tuple[Connection, float]] = deque()

    def take(self) -> Connection:
        """A connection for this thread alone, until it gives it back.

        :raises Overloaded: when none is free in time, or the server says nothing.
        """
        if not self._free.acquire(timeout=self._wait):
            raise Overloaded("no database connection was free in time")
        connection = None
        try:
            self._require_answers()
            connection = self._take_idle() or self._engine.connect()
        finally:
            if connection is None:
                self._free.release()
        return connection

    def give_back(self, connection: Connection, error: BaseException | None = None) -> None:
        """End the use of a connection, which is kept.

        :param error: what ended the use, if anything; one that the database raised ends the connection too.
        """
        try:
            if error is None or (isinstance(error, Exception) and not isinstance(error, SQLAlchemyError)):
                self._idle.append((connection, monotonic()))
            else:
                _discard(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close every connection that is not in use."""
        while (idle := self._pop()) is not None:
            _discard(idle[0])

    def _take_idle(self) -> Connection | None:
        while (idle := self._pop()) is not None:
            connection, used = idle
            alive = False
            try:
                alive = monotonic() - used < self._trusted or is_alive(connection)
            finally:
                if not alive:
                    _discard(connection)
            if alive:
                return connection
        return None

    def _pop(self) -> tuple[Connection, float] | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


def _discard(connection: Connection) -> None:
    """Close a connection, which may be dead: nothing is sent over it any more."""
    connection.invalidate()
    connection.close()
