"""Whether anybody has committed to a SQLite database, asked so cheaply that it can be asked all the time."""

from __future__ import annotations

from sqlalchemy import Connection

from barbican_like.model.database import Database


class Commits:
    """Counts them on a connection of its own, which sees those of all others (SQLite, PRAGMA data_version).

    :param database: SQLite; another always says that there may be some.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._seen: int | None = None

    def have_come(self) -> bool:
        """Whether there were some since this was last asked."""
        if self._database.dialect != "sqlite":
            return True
        if self._connection is None:
            self._connection = self._database.reader.connect()
        before, self._seen = self._seen, self._version(self._connection)
        return before != self._seen

    def close(self) -> None:
        """Free the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @staticmethod
    def _version(connection: Connection) -> int:
        version: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return version
