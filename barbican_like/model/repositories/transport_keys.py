"""Public keys under which clients may wrap what they send to a store."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, or_, select

from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.lists import Key, Listing, Order, Part, Size
from barbican_like.model.models import Page, TransportKey
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import transport_keys

_KEY = Columns(transport_keys, TransportKey)
_ID = transport_keys.c.id == bindparam("key_id")
_GET = select(*_KEY).where(_ID)
_PLUGIN = bindparam("plugin", type_=transport_keys.c.plugin_name.type)
_NAMED = or_(_PLUGIN.is_(None), transport_keys.c.plugin_name == _PLUGIN)
_ROWS = select(*_KEY).where(_NAMED)
_LIST = Listing(_ROWS, Order(Key(transport_keys.c.created_at), Key(transport_keys.c.id)), Size(_ROWS))
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

    def list(self, page: Page, *, plugin_name: str | None) -> Part[TransportKey]:
        """One page of the keys by age."""
        part = _LIST.part(self._connection, {"plugin": plugin_name}, page)
        return part.of([_KEY.value(row) for row in part.items])

    def add(self, key: TransportKey) -> None:
        """Write a new key."""
        self._connection.execute(_INSERT, _KEY.row(key))

    def delete(self, key_id: str) -> None:
        """Remove a key.

        :raises NotFound: when there is none.
        """
        if self._connection.execute(_DELETE, {"key_id": key_id}).rowcount != 1:
            raise NotFound(_NOT_FOUND)
