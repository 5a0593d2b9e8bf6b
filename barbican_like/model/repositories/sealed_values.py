"""Small secrets that rooms keep for themselves: sealed as payloads are, and no secrets of anybody's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select

from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.models import Project, ProjectKey, SealedPayload
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import project_keys, projects, sealed_values

_VALUE = Columns(sealed_values, SealedPayload)
_KEY = Columns(project_keys, ProjectKey, project_id=projects.c.external_id)
_AFTER_VALUE = len(_VALUE)
_GET = (
    select(*_VALUE, *_KEY)
    .select_from(
        sealed_values.outerjoin(project_keys, project_keys.c.id == sealed_values.c.project_key_id).outerjoin(
            projects, projects.c.id == project_keys.c.project_id
        )
    )
    .where(sealed_values.c.id == bindparam("value_id"))
)
_INSERT = insert(sealed_values)
_REMOVE = delete(sealed_values).where(sealed_values.c.id.in_(bindparam("ids", expanding=True)))


class SealedValueRepo(Repository):
    """Values by their ids; what they are for, the room knows that keeps them."""

    def add(self, value_id: str, project: Project, payload: SealedPayload) -> None:
        """Write a value.

        :raises StaleProject: when the project or its key has been removed.
        """
        key_id = None if payload.key is None else payload.key.id
        row = _VALUE.row(payload, id=value_id, project_id=project.id, project_key_id=key_id)
        self._insert(_INSERT, row)

    def get(self, value_id: str) -> SealedPayload:
        """A value as it rests.

        :raises NotFound: when it is gone.
        """
        row = self._connection.execute(_GET, {"value_id": value_id}).one_or_none()
        if row is None:
            raise NotFound
        key = None if row[_AFTER_VALUE] is None else _KEY.value(row, _AFTER_VALUE)
        return _VALUE.value(row, key=key)

    def remove(self, value_ids: Sequence[str]) -> None:
        """Remove values."""
        if value_ids:
            self._connection.execute(_REMOVE, {"ids": value_ids})
