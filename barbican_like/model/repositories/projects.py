"""Projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, exists, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from barbican_like.common import clock, ids
from barbican_like.model.columns import Columns
from barbican_like.model.models import Project
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import (
    container_secrets,
    containers,
    deployment,
    orders,
    project_quotas,
    project_secret_store,
    projects,
    sealed_values,
    secrets,
    tasks,
)

_PROJECT = Columns(projects, Project)
_FIND = select(*_PROJECT).where(projects.c.external_id == bindparam("external_id"))
_LOCK = (
    select(projects.c.id)
    .where(projects.c.external_id == bindparam("external_id"))
    .with_for_update(key_share=True)
)
_KEY = ["external_id"]
_UNCHANGED = {"created_at": projects.c.created_at}
_MAKE_ON_MARIADB = mysql.insert(projects).on_duplicate_key_update(id=projects.c.id).returning(projects.c.id)
# Make the row, or lock the one that another has made since we looked: either stays until the commit. A plain
# INSERT would be an error then, and on MariaDB leave a shared lock: those who want more wait for each other.
_MAKE = {
    "postgresql": postgresql.insert(projects)
    .on_conflict_do_update(index_elements=_KEY, set_=_UNCHANGED)
    .returning(projects.c.id),
    "sqlite": sqlite.insert(projects)
    .on_conflict_do_update(index_elements=_KEY, set_=_UNCHANGED)
    .returning(projects.c.id),
    "mysql": _MAKE_ON_MARIADB,
    "mariadb": _MAKE_ON_MARIADB,
}
_REMOVE = delete(projects).where(projects.c.id == bindparam("of_project"))
_OWNED = (secrets, containers, orders)
_SOME = {
    table: select(table.c.id)
    .where(table.c.project_id == bindparam("of_project"))
    .limit(bindparam("limit"))
    .with_for_update()
    for table in _OWNED
}
_DELETE_THESE = {
    table: delete(table).where(table.c.id.in_(bindparam("ids", expanding=True))) for table in _OWNED
}
_DELETE_REFERENCES = (
    delete(container_secrets)
    .where(container_secrets.c.secret_id.in_(bindparam("ids", expanding=True)))
    .returning(container_secrets.c.container_id)
)
_DELETE_TASKS = delete(tasks).where(tasks.c.entity_id.in_(bindparam("ids", expanding=True)))
_UNUSED = (
    select(projects.c.id)
    .where(*(~exists().where(table.c.project_id == projects.c.id) for table in (*_OWNED, sealed_values)))
    .where(~exists().where(project_quotas.c.project_id == projects.c.id))
    .where(~exists().where(project_secret_store.c.project_id == projects.c.id))
)
_THIS_UNUSED = _UNUSED.where(projects.c.id == bindparam("of_project"))
_LOCK_TO_REMOVE = select(projects.c.id).where(projects.c.id == bindparam("of_project")).with_for_update()
_EXPIRED = (
    select(secrets.c.id)
    .where(secrets.c.expiration < bindparam("before"))
    .limit(bindparam("limit"))
    .with_for_update()
)
_DEPLOYMENT = select(deployment.c.id)


class ProjectRepo(Repository):
    """Projects by the id that authentication names."""

    def find(self, external_id: str) -> Project | None:
        """The project, or None before its first write."""
        row = self._connection.execute(_FIND, {"external_id": external_id}).one_or_none()
        return None if row is None else _PROJECT.value(row)

    def find_or_create(self, external_id: str) -> Project:
        """The project, made now where it is missing; safe against others that make it too."""
        return self.find(external_id) or self._make(external_id)

    def hold(self, external_id: str) -> str:
        """Lock the project's row until the commit, made where it is missing; the project's own id."""
        project_id = self._connection.execute(_LOCK, {"external_id": external_id}).scalar_one_or_none()
        return self._make(external_id).id if project_id is None else str(project_id)

    def _make(self, external_id: str) -> Project:
        values = {"id": ids.new_id(), "external_id": external_id, "created_at": clock.now()}
        project_id: str = self._connection.execute(_MAKE[self._connection.dialect.name], values).scalar_one()
        return Project(id=project_id, external_id=external_id)

    def some_orders(self, project: Project, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` orders of a project, locked until the commit."""
        return self._some(orders, project, limit)

    def some_containers(self, project: Project, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` containers of a project, locked until the commit."""
        return self._some(containers, project, limit)

    def some_secrets(self, project: Project, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` secrets of a project, locked until the commit."""
        return self._some(secrets, project, limit)

    def some_expired_secrets(self, before: datetime, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` secrets that have expired before a time, locked until the commit."""
        return self._ids(_EXPIRED, before=before, limit=limit)

    def remove_orders(self, order_ids: Sequence[str]) -> None:
        """Remove orders with their open tasks; what they made stays."""
        self._connection.execute(_DELETE_TASKS, {"ids": order_ids})
        self._connection.execute(_DELETE_THESE[orders], {"ids": order_ids})

    def remove_containers(self, container_ids: Sequence[str]) -> None:
        """Remove containers; their secrets stay."""
        self._connection.execute(_DELETE_THESE[containers], {"ids": container_ids})

    def remove_secrets(self, secret_ids: Sequence[str]) -> list[str]:
        """Remove secrets, and take them out of containers; returns the ids of those."""
        self._connection.execute(_DELETE_THESE[secrets], {"ids": secret_ids})
        emptied = self._connection.execute(_DELETE_REFERENCES, {"ids": secret_ids}).scalars()
        return sorted(set(emptied))

    def remove(self, project: Project) -> None:
        """Remove a project that owns nothing any more, with its keys and quotas."""
        self._connection.execute(_REMOVE, {"of_project": project.id})

    def remove_unused(self, limit: int) -> int:
        """Remove some projects that own nothing and have no quotas; returns how many."""
        unused = self._ids(_UNUSED.limit(bindparam("limit")), limit=limit)
        return sum(self._remove_if_unused(project_id) for project_id in unused)

    def _remove_if_unused(self, project_id: str) -> bool:
        """Remove one under a lock: what others give it meanwhile is seen, what they want to give it waits."""
        key = {"of_project": project_id}
        self._connection.execute(_LOCK_TO_REMOVE, key)
        if self._connection.execute(_THIS_UNUSED, key).scalar_one_or_none() is None:
            return False
        return self._connection.execute(_REMOVE, key).rowcount > 0

    def _ids(self, statement: Select[Any], **values: object) -> Sequence[str]:
        return self._connection.execute(statement, values).scalars().all()

    def _some(self, table: Table, project: Project, limit: int) -> Sequence[str]:
        return self._ids(_SOME[table], of_project=project.id, limit=limit)

    def deployment_id(self) -> str:
        """The id that binds sealed values to this deployment."""
        return str(self._connection.execute(_DEPLOYMENT).scalar_one())
