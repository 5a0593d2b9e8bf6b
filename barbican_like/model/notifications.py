"""Wake-ups between processes by way of PostgreSQL: NOTIFY and LISTEN, on a connection of their own.

They are never sent in a writer's transaction: PostgreSQL lets such transactions commit one at a time only.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, make_url

from barbican_like.common.errors import Overloaded

_SETTINGS: Final[dict[str, Any]] = {
    "autocommit": True,
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}


class Channel:
    """One end of a channel, for one thread. What fails leaves it closed; the next call opens it anew.

    :param url: of a PostgreSQL database.
    :param name: of the channel, an identifier.
    """

    def __init__(self, url: URL, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: Any = None

    def send(self) -> None:
        """Wake whoever listens.

        :raises Overloaded: when it cannot be done now.
        """
        self._do(lambda connection: connection.execute(f"NOTIFY {self._name}"))

    def receive(self, seconds: float) -> bool:
        """Wait for a wake-up, or for so long; whether there was one.

        :raises Overloaded: when nothing can be heard now.
        """

        def wait(connection: Any) -> bool:
            return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))

        return bool(self._do(wait, f"LISTEN {self._name}"))

    def close(self) -> None:
        """Free the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _do(self, work: Any, first: str | None = None) -> Any:
        # Imported here: most installations have no PostgreSQL, and need not load its driver.
        import psycopg  # noqa: PLC0415

        try:
            if self._connection is None:
                _, options = self._url.get_dialect()().create_connect_args(self._url)
                self._connection = psycopg.connect(**options, **_SETTINGS)
                if first is not None:
                    self._connection.execute(first)
            return work(self._connection)
        except psycopg.Error as error:
            self.close()
            raise Overloaded from error


def channel_of(url: URL | str, name: str) -> Channel | None:
    """A channel by way of a database; None where that has none."""
    parsed = make_url(url)
    return Channel(parsed, name) if parsed.get_backend_name() == "postgresql" else None
