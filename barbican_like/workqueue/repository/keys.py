"""Idempotency keys: which job a request with such a key has made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, insert, select

from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository
from barbican_like.workqueue.repository.jobs import Owner
from barbican_like.workqueue.tables import keys

_THIS = and_(
    keys.c.project_id == bindparam("of_project"),
    keys.c.user_id == bindparam("of_user"),
    keys.c.name == bindparam("of_name"),
)
_FIND = select(keys.c.digest, keys.c.job_id).where(_THIS, keys.c.created_at > bindparam("since"))
_INSERT = insert(keys)
_FORGET = delete(keys).where(_THIS, keys.c.created_at <= bindparam("expired"))
_EXPIRED = select(keys.c.job_id).where(keys.c.created_at <= bindparam("expired")).limit(bindparam("limit"))
_FORGET_SOME = delete(keys).where(
    keys.c.job_id.in_(bindparam("ids", expanding=True)), keys.c.created_at <= bindparam("expired")
)
_FORGOTTEN = 100  # at once


class KeyRepo(Repository):
    """Keys of all projects."""

    def find(self, owner: Owner, name: str, since: datetime) -> tuple[str, int] | None:
        """The digest of the request that has the key, and its job."""
        row = self._connection.execute(_FIND, _key(owner, name) | {"since": since}).one_or_none()
        return None if row is None else (row.digest, row.job_id)

    def add(self, owner: Owner, name: str, digest: str, job_id: int, *, expired: datetime) -> None:
        """Keep a key, and forget some that are older than ``expired``.

        :raises Duplicate: when another request of that key was faster.
        """
        self._connection.execute(_FORGET, _key(owner, name) | {"expired": expired})
        values = {"project_id": owner.project_id, "user_id": owner.user_id or "", "name": name}
        self._insert(_INSERT, values | {"digest": digest, "job_id": job_id, "created_at": clock.now()})
        some = self._connection.execute(_EXPIRED, {"expired": expired, "limit": _FORGOTTEN}).scalars().all()
        if some:
            self._connection.execute(_FORGET_SOME, {"ids": some, "expired": expired})


def _key(owner: Owner, name: str) -> dict[str, str]:
    return {"of_project": owner.project_id, "of_user": owner.user_id or "", "of_name": name}
