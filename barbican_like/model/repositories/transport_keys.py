"""Public keys under which clients may wrap what they send to a store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, insert, or_, select

from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.models import Page, TransportKey
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import bounds, paged
from barbican_like.model.tables import transport_keys

_KEY = Columns(transport_keys, TransportKey)
_ID = transport_keys.c.id == bindparam("key_id")
_GET = select(*_KEY).where(_ID)
_PLUGIN = bindparam("plugin", type_=transport_keys.c.plugin_name.type)
_NAMED = or_(_PLUGIN.is_(None), transport_keys.c.plugin_name == _PLUGIN)
_COUNT = select(func.count()).select_from(transport_keys).where(_NAMED)
_OLDEST_FIRST = (transport_keys.c.created_at, transport_keys.c.id)
_LIST = paged(select(*_KEY).where(_NAMED).order_by(*_OLDEST_FIRST))
_INSERT = insert(transport_keys)
_DELETE = delete(transport_keys).where(_ID)
_NOT_FOUND = "Not Found. Transport Key not found."


class TransportKeyRepo(Repository):
    """Transport keys of all plug-ins; they belong to no project."""

    def get(self, key_id: str) -> TransportKey:
        """One key.

        :raises NotFound: when there is none.
        """
        row = self._connection.execute(_GET, {"key_id": key_id}).one_or_none()
        if row is None:
            raise NotFound(_NOT_FOUND)
        return _KEY.value(row)

    def list(self, page: Page, *, plugin_name: str | None) -> tuple[Sequence[TransportKey], int]:
        """One page of the keys by age, and how many there are."""
        values: dict[str, object] = {"plugin": plugin_name}
        total = self._connection.execute(_COUNT, values).scalar_one()
        rows = self._connection.execute(_LIST, values | bounds(page))
        return [_KEY.value(row) for row in rows], total

    def add(self, key: TransportKey) -> None:
        """Write a new key."""
        self._connection.execute(_INSERT, _KEY.row(key))

    def delete(self, key_id: str) -> None:
        """Remove a key.

        :raises NotFound: when there is none.
        """
        if self._connection.execute(_DELETE, {"key_id": key_id}).rowcount != 1:
            raise NotFound(_NOT_FOUND)
