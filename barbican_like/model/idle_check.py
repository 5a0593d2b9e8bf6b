"""Pooled connections that have lain idle are tried before they are handed out.

A server that restarts, a failover or an administrator ends sessions that a pool still holds; the next
caller of each would get a 503. To ask the server at each checkout costs a round trip per request, so a
connection that was in use a moment ago is trusted, the rule of HikariCP's ``aliveBypassWindow``
(https://github.com/brettwooldridge/HikariCP, ``PoolBase``).
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

TRUSTED_SECONDS: Final = 0.5


def try_idle_connections(engine: Engine, *, trusted: float = TRUSTED_SECONDS) -> None:
    """Replace a dead connection of the engine's pool before its caller sees it.

    :param trusted: seconds since its last use in which a connection is not tried.
    """
    dialect = engine.dialect

    def note_use(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    def try_if_idle(connection: Any, record: Any, _proxy: object) -> None:
        used = record.info.get("used")
        if used is None or monotonic() - used < trusted:
            return
        try:
            alive = dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise DisconnectionError  # the pool connects anew

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", try_if_idle)
