"""The keyrings' terms and the projects' keys, as they rest; each belongs to a store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, func, insert, select, update

from barbican_like.common import clock
from barbican_like.model.columns import Columns
from barbican_like.model.models import KeyringTerm, Project, ProjectKey
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import owned
from barbican_like.model.tables import keyring_terms, project_keys, projects

_TERM = Columns(keyring_terms, KeyringTerm)
_TERMS = select(*_TERM).where(keyring_terms.c.store == bindparam("store")).order_by(keyring_terms.c.term)
_NEWEST_TERM = select(func.max(keyring_terms.c.term)).where(keyring_terms.c.store == bindparam("store"))
_INSERT_TERM = insert(keyring_terms)
_KEY = Columns(project_keys, ProjectKey, project_id=projects.c.external_id)
_FIND_ACTIVE = (
    select(*_KEY)
    .select_from(owned(project_keys))
    .where(
        project_keys.c.project_id == bindparam("project_id"),
        project_keys.c.store == bindparam("store"),
        project_keys.c.active == 1,
    )
)
_LIST_BEFORE = (
    select(*_KEY)
    .select_from(owned(project_keys))
    .where(project_keys.c.store == bindparam("store"), project_keys.c.term < bindparam("term"))
    .order_by(project_keys.c.term, project_keys.c.id)
    .limit(bindparam("limit"))
)
_COUNT_BY_TERM = (
    select(keyring_terms.c.term, func.count(project_keys.c.id))
    .outerjoin(
        project_keys,
        and_(project_keys.c.store == keyring_terms.c.store, project_keys.c.term == keyring_terms.c.term),
    )
    .where(keyring_terms.c.store == bindparam("store"))
    .group_by(keyring_terms.c.term)
    .order_by(keyring_terms.c.term)
)
_REWRAP = (
    update(project_keys)
    .where(project_keys.c.id == bindparam("key_id"), project_keys.c.term == bindparam("from_term"))
    .values(term=bindparam("to_term"), wrapped=bindparam("to_wrapped"))
)
_INSERT_KEY = insert(project_keys)
_ANY_KEY = select(project_keys.c.id).where(project_keys.c.store == bindparam("store")).limit(1)


class KeyringTermRepo(Repository):
    """The generations of the stores' keyrings."""

    def all(self, store: str) -> list[KeyringTerm]:
        """Every term of a store, the oldest first."""
        return [_TERM.value(row) for row in self._connection.execute(_TERMS, {"store": store})]

    def newest(self, store: str) -> int:
        """The number of a store's newest term; 0 before there is any."""
        return self._connection.execute(_NEWEST_TERM, {"store": store}).scalar_one() or 0

    def add(self, store: str, term: int, sealed: bytes) -> bool:
        """Write a term; False when another process wrote that number first."""
        values = {"store": store, "term": term, "sealed": sealed, "created_at": clock.now()}
        return self._insert_once(_INSERT_TERM, values)


class ProjectKeyRepo(Repository):
    """The projects' key-encryption keys, wrapped."""

    def find_active(self, store: str, project: Project) -> ProjectKey | None:
        """The key that seals the project's new payloads in a store."""
        values = {"store": store, "project_id": project.id}
        row = self._connection.execute(_FIND_ACTIVE, values).one_or_none()
        return None if row is None else _KEY.value(row)

    def add_active(self, key: ProjectKey, project: Project) -> bool:
        """Write a project's active key; False when another process wrote one for that store first.

        :raises StaleProject: when the project has been removed.
        """
        values = _KEY.row(key, project_id=project.id, active=1, created_at=clock.now())
        return self._insert_once(_INSERT_KEY, values)

    def exist(self, store: str) -> bool:
        """Whether any project has a key of a store."""
        return self._connection.execute(_ANY_KEY, {"store": store}).one_or_none() is not None

    def list_before(self, store: str, term: int, limit: int) -> Sequence[ProjectKey]:
        """Some of a store's keys that an older term wraps."""
        rows = self._connection.execute(_LIST_BEFORE, {"store": store, "term": term, "limit": limit})
        return [_KEY.value(row) for row in rows]

    def count_by_term(self, store: str) -> Sequence[tuple[int, int]]:
        """Each term of a store with the number of keys that it wraps."""
        counted = self._connection.execute(_COUNT_BY_TERM, {"store": store})
        return [(term, count) for term, count in counted]

    def rewrap(self, key: ProjectKey, term: int, wrapped: bytes) -> bool:
        """Put a key under another term; False when another process has done so since it was read."""
        values = {"key_id": key.id, "from_term": key.term, "to_term": term, "to_wrapped": wrapped}
        return self._connection.execute(_REWRAP, values).rowcount == 1
