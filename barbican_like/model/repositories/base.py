"""What every repository has: its connection."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Insert, Select, Table, Update, bindparam, select
from sqlalchemy.exc import IntegrityError

from barbican_like.common.errors import BarbicanError, Duplicate, NotFound, StaleProject
from barbican_like.model.drivers import Trouble, trouble_of

_BROKEN: Final[Mapping[Trouble | None, type[BarbicanError]]] = {
    Trouble.DUPLICATE: Duplicate,
    Trouble.MISSING_REFERENCE: StaleProject,
}
"""What a broken constraint is called; the others are defects and keep the driver's name."""


class Repository:
    """A set of entities, read and written over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _insert(self, statement: Insert, values: Mapping[str, Any]) -> None:
        """Write a row.

        :raises Duplicate: when there is one with its key already.
        :raises StaleProject: when what the row refers to has been removed.
        """
        self._write_row(statement, values)

    def _write_row(self, statement: Insert | Update, values: Mapping[str, Any]) -> None:
        """Write a row, or change what it refers to.

        :raises Duplicate: when there is one with its key already.
        :raises StaleProject: when what the row refers to has been removed.
        """
        try:
            self._connection.execute(statement, values)
        except IntegrityError as error:
            if (broken := _BROKEN.get(trouble_of(error))) is not None:
                raise broken from error
            raise

    def _insert_once(self, statement: Insert, values: Mapping[str, Any]) -> bool:
        """Write a row; False when there is one with its key already. The transaction goes on either way.

        :raises StaleProject: when what the row refers to has been removed.
        """
        try:
            with self._connection.begin_nested():
                self._insert(statement, values)
        except Duplicate:
            return False
        return True

    def _hold(self, table: Table, entity_id: str) -> None:
        """Lock a row until the commit, against all who would hold, change or delete it.

        :raises NotFound: when it is not there any more.
        """
        if self._connection.execute(_lock(table), {"entity_id": entity_id}).scalar_one_or_none() is None:
            raise NotFound


@cache
def _lock(table: Table) -> Select[Any]:
    return select(table.c.id).where(table.c.id == bindparam("entity_id")).with_for_update(key_share=True)
