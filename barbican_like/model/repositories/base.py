"""What every repository has: its connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Table, select
from sqlalchemy.exc import IntegrityError

from barbican_like.common.errors import NotFound, StaleProject


class Repository:
    """A set of entities, read and written over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _insert(self, statement: Insert, values: Mapping[str, Any]) -> None:
        """Write a row that belongs to a project, under an id drawn at random.

        :raises StaleProject: when what the row refers to has been removed, the only thing that can be wrong.
        """
        try:
            self._connection.execute(statement, values)
        except IntegrityError as error:
            raise StaleProject from error

    def _hold(self, table: Table, entity_id: str) -> None:
        """Lock a row until the commit, against all who would hold, change or delete it.

        :raises NotFound: when it is not there any more.
        """
        statement = select(table.c.id).where(table.c.id == entity_id).with_for_update(key_share=True)
        if self._connection.execute(statement).scalar_one_or_none() is None:
            raise NotFound
