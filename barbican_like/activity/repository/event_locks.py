"""The locks of events: of the objects that they are about, and of the keys of requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Insert, bindparam, delete, insert, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from barbican_like.activity.tables import event_keys, event_objects
from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository

_AGAIN: Final = {"holds": event_objects.c.holds + 1}
_MARIADB_HOLD = mysql.insert(event_objects).on_duplicate_key_update(_AGAIN)
_HOLD: Final[dict[str, Insert]] = {
    "sqlite": sqlite.insert(event_objects).on_conflict_do_update(index_elements=["id"], set_=_AGAIN),
    "postgresql": postgresql.insert(event_objects).on_conflict_do_update(index_elements=["id"], set_=_AGAIN),
    "mysql": _MARIADB_HOLD,
    "mariadb": _MARIADB_HOLD,
}
_THIS = (
    event_keys.c.project_id == bindparam("of_project"),
    event_keys.c.user_id == bindparam("of_user"),
    event_keys.c.name == bindparam("of_name"),
)
_FIND = select(event_keys.c.digest, event_keys.c.event_ids).where(*_THIS)
_INSERT = insert(event_keys)
_FILL = update(event_keys).where(*_THIS).values(event_ids=bindparam("made"))
_FORGET = delete(event_keys).where(*_THIS, event_keys.c.created_at <= bindparam("expired"))
_OLDEST = (
    select(*event_keys.primary_key.columns)
    .where(event_keys.c.created_at <= bindparam("expired"))
    .limit(bindparam("limit"))
)


class ObjectLockRepo(Repository):
    """A lock for each object of the registry, also of those that are still to be made."""

    def hold(self, object_id: str) -> None:
        """Take it, until the commit; one at a time has it."""
        self._connection.execute(_HOLD[self._connection.dialect.name], {"id": object_id, "holds": 1})


class EventKeyRepo(Repository):
    """Idempotency keys of all callers."""

    def find(self, project_id: str, user_id: str | None, name: str) -> tuple[str, list[str]] | None:
        """The digest of the request that has the key, and the ids of its events."""
        row: Any = self._connection.execute(_FIND, _key(project_id, user_id, name)).one_or_none()
        return None if row is None else (row.digest, orjson.loads(row.event_ids))

    def take(
        self, project_id: str, user_id: str | None, name: str, *, digest: str, expired: datetime
    ) -> bool:
        """Take a key, unless another request has it; one that is older than ``expired`` is free.

        Of many at once one takes it, and the others wait here until that one has committed.
        """
        self._connection.execute(_FORGET, _key(project_id, user_id, name) | {"expired": expired})
        values = {"project_id": project_id, "user_id": user_id or "", "name": name}
        fixed = {"digest": digest, "event_ids": "[]", "created_at": clock.now()}
        return self._insert_once(_INSERT, values | fixed)

    def fill(self, project_id: str, user_id: str | None, name: str, event_ids: Sequence[str]) -> None:
        """Write what the request that has taken a key has made."""
        values = _key(project_id, user_id, name) | {"made": orjson.dumps(list(event_ids)).decode()}
        self._connection.execute(_FILL, values)

    def remove_expired(self, expired: datetime, limit: int) -> int:
        """Remove up to so many; returns how many."""
        found = self._connection.execute(_OLDEST, {"expired": expired, "limit": limit}).all()
        if found:
            rows = [_key(*row) | {"expired": expired} for row in found]
            self._connection.execute(_FORGET, rows)
        return len(found)


def _key(project_id: str, user_id: str | None, name: str) -> dict[str, str]:
    return {"of_project": project_id, "of_user": user_id or "", "of_name": name}
