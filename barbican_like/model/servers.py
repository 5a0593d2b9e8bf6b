"""How a database server is reached: with bounds, since one that drops packets never says no.

The bounds follow one another, so that the one who knows most speaks first: a lock that is not had in
time, then a statement that the server itself ends, then a socket on which nothing came, and last a pool that
had no connection to give. Operators' commands have the first of them, the last, and the network's own alone,
for a migration may rightly take an hour.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, Engine, event

_SHORTEST_CONNECT: Final = 2  # seconds; libpq takes less for this
_STATEMENT_AFTER_LOCK: Final = 0.1  # seconds
_SOCKET_AFTER_LOCK: Final = 0.3  # seconds
POOL_AFTER_LOCK: Final = 0.5
"""Seconds. Whoever waits for a connection shall learn that the server is silent, and not give up before: then
another would take the place, ask the server in its turn, and have waited twice."""
_DEAD_PEER: Final = {  # a peer that is gone without a word is noticed within half a minute
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def engine_options(url: URL, lock_wait: float, *, bounded: bool, pause: int) -> dict[str, Any]:
    """What create_engine needs for PostgreSQL or MariaDB.

    :param lock_wait: seconds for a lock.
    :param bounded: whether statements and sockets have a bound too, little more than that.
    :param pause: seconds that the server waits for a transaction's next statement.
    """
    connect = max(_SHORTEST_CONNECT, int(lock_wait))
    statement = lock_wait + _STATEMENT_AFTER_LOCK if bounded else None
    if url.get_backend_name() == "postgresql":
        bounds = {"lock_timeout": lock_wait, "idle_in_transaction_session_timeout": pause} | (
            {} if statement is None else {"statement_timeout": statement}
        )
        settings = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in bounds.items())
        connect_args = {"options": f"{settings} -c timezone=UTC", "connect_timeout": connect, **_DEAD_PEER}
    else:
        variables = f"innodb_lock_wait_timeout={max(1, int(lock_wait))}, idle_transaction_timeout={pause}"
        connect_args = {"charset": "utf8mb4", "connect_timeout": connect}
        if statement is not None:
            variables += f", max_statement_time={statement}"
            socket = lock_wait + _SOCKET_AFTER_LOCK
            connect_args |= {"read_timeout": socket, "write_timeout": socket}
        connect_args["init_command"] = f"SET SESSION {variables}, time_zone='+00:00', sql_mode='TRADITIONAL'"
    return {"connect_args": connect_args}


def bound_sockets(engine: Engine, lock_wait: float) -> None:
    """Let no connection of a PostgreSQL engine wait on its socket for much longer than for a lock."""
    # Imported here: most installations have no PostgreSQL, and need not load its driver.
    from barbican_like.model.postgresql import BoundedConnection  # noqa: PLC0415

    def connect(_dialect: object, _record: object, args: Any, parameters: Any) -> BoundedConnection:
        connection = BoundedConnection.connect(*args, **parameters)
        connection.bound = lock_wait + _SOCKET_AFTER_LOCK
        return connection

    event.listen(engine, "do_connect", connect)
