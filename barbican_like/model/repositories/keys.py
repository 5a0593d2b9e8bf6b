"""The keyring's terms and the projects' keys, as they rest."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from barbican_like.common import clock
from barbican_like.model.models import KeyringTerm, Project, ProjectKey
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import keyring_terms, project_keys, projects

_TERMS = select(keyring_terms).order_by(keyring_terms.c.term)
_INSERT_TERM = insert(keyring_terms)
_KEY_COLUMNS = (
    project_keys.c.id,
    projects.c.external_id.label("project_id"),
    project_keys.c.term,
    project_keys.c.wrapped,
)
_FIND_ACTIVE = (
    select(*_KEY_COLUMNS)
    .join(projects, projects.c.id == project_keys.c.project_id)
    .where(project_keys.c.project_id == bindparam("project_id"), project_keys.c.active == 1)
)
_LIST_BEFORE = (
    select(*_KEY_COLUMNS)
    .join(projects, projects.c.id == project_keys.c.project_id)
    .where(project_keys.c.term < bindparam("term"))
    .order_by(project_keys.c.term, project_keys.c.id)
    .limit(bindparam("limit"))
)
_COUNT_BY_TERM = (
    select(keyring_terms.c.term, func.count(project_keys.c.id))
    .outerjoin(project_keys, project_keys.c.term == keyring_terms.c.term)
    .group_by(keyring_terms.c.term)
    .order_by(keyring_terms.c.term)
)
_REWRAP = (
    update(project_keys)
    .where(project_keys.c.id == bindparam("key_id"), project_keys.c.term == bindparam("from_term"))
    .values(term=bindparam("to_term"), wrapped=bindparam("to_wrapped"))
)
_INSERT_KEY = insert(project_keys)
_ANY_KEY = select(project_keys.c.id).limit(1)


class KeyringTermRepo(Repository):
    """The generations of the keyring."""

    def all(self) -> list[KeyringTerm]:
        """Every term, the oldest first."""
        return [KeyringTerm(**row) for row in self._connection.execute(_TERMS).mappings()]

    def add(self, term: int, sealed: bytes) -> bool:
        """Write a term; False when another process wrote that number first."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    _INSERT_TERM, {"term": term, "sealed": sealed, "created_at": clock.now()}
                )
        except IntegrityError:
            return False
        return True


class ProjectKeyRepo(Repository):
    """The projects' key-encryption keys, wrapped."""

    def find_active(self, project: Project) -> ProjectKey | None:
        """The key that seals the project's new payloads."""
        row = self._connection.execute(_FIND_ACTIVE, {"project_id": project.id}).one_or_none()
        return None if row is None else ProjectKey(**row._mapping)

    def add_active(self, key_id: str, project: Project, term: int, wrapped: bytes) -> bool:
        """Write a project's active key; False when another process wrote one first."""
        values = {"id": key_id, "project_id": project.id, "active": 1, "term": term, "wrapped": wrapped}
        try:
            with self._connection.begin_nested():
                self._connection.execute(_INSERT_KEY, values | {"created_at": clock.now()})
        except IntegrityError:
            return False
        return True

    def exist(self) -> bool:
        """Whether any project has a key."""
        return self._connection.execute(_ANY_KEY).one_or_none() is not None

    def list_before(self, term: int, limit: int) -> Sequence[ProjectKey]:
        """Some of the keys that an older term wraps."""
        rows = self._connection.execute(_LIST_BEFORE, {"term": term, "limit": limit})
        return [ProjectKey(**row) for row in rows.mappings()]

    def count_by_term(self) -> Sequence[tuple[int, int]]:
        """Each term with the number of keys that it wraps."""
        return [(term, count) for term, count in self._connection.execute(_COUNT_BY_TERM)]

    def rewrap(self, key: ProjectKey, term: int, wrapped: bytes) -> bool:
        """Put a key under another term; False when another process has done so since it was read."""
        values = {"key_id": key.id, "from_term": key.term, "to_term": term, "to_wrapped": wrapped}
        return self._connection.execute(_REWRAP, values).rowcount == 1
