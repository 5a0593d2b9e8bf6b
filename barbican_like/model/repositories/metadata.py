"""What users note on secrets: keys with values."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from barbican_like.common import clock
from barbican_like.common.errors import Conflict, NotFound, StaleProject
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import secret_user_metadata, secrets

_MINE = secret_user_metadata.c.secret_id == bindparam("of_secret")
_ONE = (_MINE, secret_user_metadata.c.key == bindparam("at_key"))
_ALL = (
    select(secret_user_metadata.c.key, secret_user_metadata.c.value)
    .where(_MINE)
    .order_by(secret_user_metadata.c.key)
)
_FIND = select(secret_user_metadata.c.value).where(*_ONE)
_INSERT = insert(secret_user_metadata)
_UPDATE = (
    update(secret_user_metadata).where(*_ONE).values(value=bindparam("to_value"), updated_at=bindparam("at"))
)
_DELETE = delete(secret_user_metadata).where(*_ONE)
_DELETE_ALL = delete(secret_user_metadata).where(_MINE)


class SecretMetadataRepo(Repository):
    """The user metadata of secrets."""

    def all(self, secret_id: str) -> dict[str, str]:
        """Every key with its value."""
        return {row.key: row.value for row in self._connection.execute(_ALL, {"of_secret": secret_id})}

    def find(self, secret_id: str, key: str) -> str | None:
        """One value."""
        return self._connection.execute(_FIND, _key(secret_id, key)).scalar_one_or_none()

    def replace(self, secret_id: str, values: Mapping[str, str]) -> None:
        """Make these all there is.

        :raises NotFound: when the secret is gone.
        """
        self._hold(secrets, secret_id)
        self._connection.execute(_DELETE_ALL, {"of_secret": secret_id})
        if values:
            self._connection.execute(_INSERT, [_row(secret_id, *item) for item in values.items()])

    def add(self, secret_id: str, key: str, value: str) -> None:
        """Note one more.

        :raises Conflict: when the key is there already.
        :raises NotFound: when the secret is gone.
        """
        try:
            added = self._insert_once(_INSERT, _row(secret_id, key, value))
        except StaleProject:
            raise NotFound from None
        if not added:
            raise Conflict("Conflict. Key in request is already in the secret metadata")

    def change(self, secret_id: str, key: str, value: str) -> bool:
        """Give a key another value; False when it is not there."""
        values = _key(secret_id, key) | {"to_value": value, "at": clock.now()}
        return self._connection.execute(_UPDATE, values).rowcount == 1

    def remove(self, secret_id: str, key: str) -> bool:
        """Remove a key; False when it is not there."""
        return self._connection.execute(_DELETE, _key(secret_id, key)).rowcount == 1


def _key(secret_id: str, key: str) -> dict[str, object]:
    return {"of_secret": secret_id, "at_key": key}


def _row(secret_id: str, key: str, value: str) -> dict[str, object]:
    now = clock.now()
    return {"secret_id": secret_id, "key": key, "value": value, "created_at": now, "updated_at": now}
