"""Ids of the objects that one who follows changes may see, for him to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, Table, bindparam, select

from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import owned, unexpired
from barbican_like.model.tables import (
    container_acl_users,
    containers,
    orders,
    projects,
    secret_acl_users,
    secrets,
)

_TABLES: Final = {"secret": secrets, "container": containers, "order": orders}
_USERS: Final = {"secret": secret_acl_users, "container": container_acl_users}


def _living(table: Table, statement: Select[Any]) -> Select[Any]:
    return statement.where(unexpired()) if table is secrets else statement


_ALL: Final = {kind: _living(table, select(table.c.id)) for kind, table in _TABLES.items()}
_OF_PROJECT: Final = {
    kind: _living(
        table,
        select(table.c.id)
        .select_from(owned(table))
        .where(projects.c.external_id == bindparam("external_id")),
    )
    for kind, table in _TABLES.items()
}
_NAMING: Final = {
    kind: _living(
        _TABLES[kind],
        select(_TABLES[kind].c.id)
        .select_from(users.join(_TABLES[kind], _TABLES[kind].c.id == users.c.entity_id))
        .where(users.c.user_id == bindparam("user_id")),
    )
    for kind, users in _USERS.items()
}


class ObjectsRepo(Repository):
    """Ids of living objects, by the kind that notices name."""

    def all(self, kind: str) -> Sequence[str]:
        """Those of every project."""
        return self._connection.execute(_ALL[kind], {"now": clock.now()}).scalars().all()

    def of_project(self, kind: str, project_id: str) -> Sequence[str]:
        """Those of a project, by its external id."""
        values = {"external_id": project_id, "now": clock.now()}
        return self._connection.execute(_OF_PROJECT[kind], values).scalars().all()

    def naming(self, kind: str, user_id: str) -> Sequence[str]:
        """Those whose ACL names a user."""
        if kind not in _NAMING:
            return ()
        values = {"user_id": user_id, "now": clock.now()}
        return self._connection.execute(_NAMING[kind], values).scalars().all()
