"""Connections that have lain idle are tried before they are used.

A server that restarts, a failover or an administrator ends sessions that a program still holds; the next
user of each would get a 503. To ask the server at each use costs a round trip per request, so a
connection that was in use a moment ago is trusted, the rule of HikariCP's ``aliveBypassWindow``
(https://github.com/brettwooldridge/HikariCP, ``PoolBase``).
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from barbican_like.model.drivers import is_silence

TRUSTED_SECONDS: Final = 0.5


def is_alive(connection: Connection) -> bool:
    """Ask the server.

    :raises DBAPIError: when it is silent, for then another connection is of no more use.
    """
    try:
        connection.exec_driver_sql("SELECT 1").close()
    except DBAPIError as error:
        if error.orig is not None and is_silence(error.orig):
            raise
        return False
    return True


def try_idle_connections(engine: Engine, *, trusted: float) -> None:
    """Replace a dead connection of the engine's pool before its user sees it.

    :param trusted: seconds since its last use in which a connection is not tried.
    """

    def note_use(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    def try_if_idle(connection: Any, record: Any, _proxy: object) -> None:
        used = record.info.get("used")
        idle = used is not None and monotonic() - used >= trusted
        if idle and not _answers(engine.dialect, connection):
            raise DisconnectionError  # the pool connects anew

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", try_if_idle)


def _answers(dialect: Dialect, connection: Any) -> bool:
    try:
        return dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        if is_silence(error):
            raise
        return False
