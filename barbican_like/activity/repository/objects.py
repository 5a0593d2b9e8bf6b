"""Ids of the objects that a reader of the feed may see, for one who begins."""

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

_TABLES: Final = {"secrets": secrets, "containers": containers, "orders": orders}
_USERS: Final = {"secrets": secret_acl_users, "containers": container_acl_users}


def _living(table: Table, statement: Select[Any]) -> Select[Any]:
    return statement.where(unexpired()) if table is secrets else statement


_ALL: Final = {name: _living(table, select(table.c.id)) for name, table in _TABLES.items()}
_OF_PROJECT: Final = {
    name: _living(
        table,
        select(table.c.id)
        .select_from(owned(table))
        .where(projects.c.external_id == bindparam("external_id")),
    )
    for name, table in _TABLES.items()
}
_NAMING: Final = {
    name: _living(
        _TABLES[name],
        select(_TABLES[name].c.id)
        .select_from(users.join(_TABLES[name], _TABLES[name].c.id == users.c.entity_id))
        .where(users.c.user_id == bindparam("user_id")),
    )
    for name, users in _USERS.items()
}


class ObjectsRepo(Repository):
    """Ids of living objects, by the feed's name of their kind."""

    def all(self, name: str) -> Sequence[str]:
        """Those of every project."""
        return self._connection.execute(_ALL[name], {"now": clock.now()}).scalars().all()

    def of_project(self, name: str, project_id: str) -> Sequence[str]:
        """Those of a project, by its external id."""
        values = {"external_id": project_id, "now": clock.now()}
        return self._connection.execute(_OF_PROJECT[name], values).scalars().all()

    def naming(self, name: str, user_id: str) -> Sequence[str]:
        """Those whose ACL names a user."""
        if name not in _NAMING:
            return ()
        values = {"user_id": user_id, "now": clock.now()}
        return self._connection.execute(_NAMING[name], values).scalars().all()
