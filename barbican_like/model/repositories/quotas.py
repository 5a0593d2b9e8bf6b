"""Quotas of projects, kept also among requests that come at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from barbican_like.common import clock
from barbican_like.common.errors import QuotaReached
from barbican_like.model.lists import Key, Listing, Order, Part, Size
from barbican_like.model.models import Page
from barbican_like.model.quotas import RESOURCES
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.projects import ProjectRepo
from barbican_like.model.sql import unexpired
from barbican_like.model.tables import (
    container_consumers,
    containers,
    orders,
    project_quotas,
    projects,
    secret_consumers,
    secrets,
)

_LIMITS = tuple(project_quotas.c[name] for name in RESOURCES)
_MINE = projects.c.external_id == bindparam("external_id")
_SET = projects.join(project_quotas, project_quotas.c.project_id == projects.c.id)
_ROWS = select(projects.c.external_id, *_LIMITS).select_from(_SET)
_LIST = Listing(_ROWS, Order(Key(projects.c.external_id)), Size(_ROWS))
_GET = select(*_LIMITS).select_from(_SET).where(_MINE)
_INSERT = insert(project_quotas)
_DELETE = delete(project_quotas).where(
    project_quotas.c.project_id.in_(select(projects.c.id).where(_MINE).scalar_subquery())
)
_ONE: Final[ColumnElement[int]] = literal_column("1").label("one")


def _used(*rows: Select[Any]) -> Select[Any]:
    """Counts rows, each kind up to ``most``: a project may have a million."""
    counts = (select(func.count()).select_from(each.limit(bindparam("most")).subquery()) for each in rows)
    return select(sum((count.scalar_subquery() for count in counts), start=literal(0)))


_USED = {
    "secrets": _used(select(_ONE).where(secrets.c.project_id == bindparam("of_project"), unexpired())),
    "orders": _used(select(_ONE).where(orders.c.project_id == bindparam("of_project"))),
    "containers": _used(select(_ONE).where(containers.c.project_id == bindparam("of_project"))),
    "consumers": _used(
        *(
            select(_ONE).where(table.c.creator_project_id == bindparam("external_id"))
            for table in (secret_consumers, container_consumers)
        )
    ),
}


class QuotaRepo(Repository):
    """Limits that administrators have set, and what is used of them."""

    def find(self, external_id: str) -> dict[str, int] | None:
        """A project's own limits, only those that are set; None when it has no entry."""
        row = self._connection.execute(_GET, {"external_id": external_id}).one_or_none()
        return None if row is None else _limits(row._mapping)

    def list(self, page: Page) -> Part[tuple[str, dict[str, int]]]:
        """One page of the projects with an entry, by their external id."""
        part = _LIST.part(self._connection, {}, page)
        return part.of([(row.external_id, _limits(row._mapping)) for row in part.items])

    def put(self, external_id: str, limits: Mapping[str, int]) -> None:
        """Set these limits of a project; others that are set stay."""
        project_id = ProjectRepo(self._connection).hold(external_id)
        now = clock.now()
        changed = self._connection.execute(
            update(project_quotas)
            .where(project_quotas.c.project_id == bindparam("of_project"))
            .values(**limits, updated_at=now),
            {"of_project": project_id},
        )
        if changed.rowcount == 0:
            entry = {"project_id": project_id, "created_at": now, "updated_at": now}
            self._connection.execute(_INSERT, entry | dict(limits))

    def remove(self, external_id: str) -> bool:
        """Remove a project's entry, so that the defaults apply; False when it has none."""
        return self._connection.execute(_DELETE, {"external_id": external_id}).rowcount > 0

    def limit(self, external_id: str, resource: str, default: int) -> int:
        """How many of a resource a project may have; negative for no limit.

        :param default: the limit where none is set.
        """
        own = (self.find(external_id) or {}).get(resource)
        return default if own is None else own

    def require_below(self, external_id: str, resource: str, limit: int) -> None:
        """Do nothing when the project has less of a resource than the limit; call it before making one more.

        The project's row is locked until the commit (and made where it is missing), so that of many
        requests at once only as many pass as the limit allows.

        :raises QuotaReached: when it has as many.
        """
        if limit == 0:
            raise QuotaReached
        project_id = ProjectRepo(self._connection).hold(external_id)
        values = {
            "of_project": project_id,
            "external_id": external_id,
            "now": clock.now(),
            "most": limit,
        }
        if self._connection.execute(_USED[resource], values).scalar_one() >= limit:
            raise QuotaReached


def _limits(row: RowMapping) -> dict[str, int]:
    return {name: value for name in RESOURCES if (value := row[name]) is not None}
