"""A connection to PostgreSQL that waits for its server for a bounded time only.

libpq has bounds for connecting and for packets that nobody acknowledges, but none for a peer that
acknowledges them and says nothing, as a proxy does whose server is frozen.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout


class BoundedConnection(Connection[Any]):
    """Closed by the first answer that does not come in time."""

    bound: float | None = None  # seconds

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer.

        :raises ConnectionTimeout: when it has not come in time.
        """
        bound = self.bound if timeout is None else timeout
        begun = monotonic()
        try:
            return super().wait(gen, interval, bound)
        except OperationalError as error:
            if bound is None or error.sqlstate is not None or monotonic() - begun < bound:
                raise
            self.close()
            raise ConnectionTimeout("the server does not answer") from None
