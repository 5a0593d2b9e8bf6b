"""Orders: looked up within their project only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model.models import Order, Page, Project
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import like, like_pattern
from barbican_like.model.states import ORDER_MOVES, OrderStatus
from barbican_like.model.tables import orders, projects

_ORDER = (
    orders.c.id,
    projects.c.external_id.label("project_id"),
    *(column for column in orders.c if column.name not in {"id", "project_id"}),
)
_OWNED = orders.join(projects, projects.c.id == orders.c.project_id)
_GET = (
    select(*_ORDER)
    .select_from(_OWNED)
    .where(orders.c.id == bindparam("order_id"), projects.c.external_id == bindparam("external_id"))
)
_INSERT = insert(orders)
_CLOSE = (
    update(orders)
    .where(
        orders.c.id == bindparam("order_id"), orders.c.status.in_(bindparam("from_statuses", expanding=True))
    )
    .values(
        {
            name: bindparam(f"to_{name}")
            for name in (
                "status",
                "secret_id",
                "container_id",
                "error_status_code",
                "error_reason",
                "sub_status",
                "sub_status_message",
                "updated_at",
            )
        }
    )
)
_DELETE = delete(orders).where(orders.c.id == bindparam("order_id"))


class OrderRepo(Repository):
    """The orders of one project at a time."""

    def get(self, order_id: str, project_id: str) -> Order:
        """An order of this project.

        :param project_id: the project's external id.
        :raises NotFound: when the project has no such order.
        """
        found = self.find(order_id, project_id)
        if found is None:
            raise NotFound("Not Found. Order not found.")
        return found

    def find(self, order_id: str, project_id: str) -> Order | None:
        """An order of this project, or None."""
        key = {"order_id": order_id, "external_id": project_id}
        row = self._connection.execute(_GET, key).one_or_none()
        return None if row is None else _order(row)

    def list(self, project_id: str, page: Page, *, meta: str | None) -> tuple[Sequence[Order], int]:
        """One page of a project's orders by age, and how many there are in all.

        :param meta: a LIKE pattern for one quoted text in the order's meta.
        """
        count, select_page = _list_statements(meta is not None)
        values: dict[str, Any] = {"external_id": project_id}
        if meta is not None:
            values["meta"] = like_pattern(f'%"{meta}"%')
        total = self._connection.execute(count, values).scalar_one()
        values |= {"limit": page.limit, "offset": page.offset}
        return tuple(_order(row) for row in self._connection.execute(select_page, values)), total

    def add(self, order: Order, project: Project) -> None:
        """Write a new order.

        :raises StaleProject: when the project has been removed.
        """
        self._insert(
            _INSERT,
            {
                "id": order.id,
                "project_id": project.id,
                "creator_id": order.creator_id,
                "type": order.type,
                "meta": orjson.dumps(dict(order.meta)).decode(),
                "status": order.status.value,
                "created_at": order.created_at,
                "updated_at": order.updated_at,
            },
        )

    def activate(self, order_id: str, *, secret_id: str | None, container_id: str | None) -> bool:
        """The order ends with its result; False when it is ACTIVE already, or deleted."""
        return self._close(
            order_id,
            OrderStatus.ACTIVE,
            secret_id=secret_id,
            container_id=container_id,
            sub_status="Unknown",
            sub_status_message="Unknown",
        )

    def fail(self, order_id: str, *, status_code: str, reason: str) -> bool:
        """PENDING -> ERROR with a reason that is safe to show; False when it is not PENDING any more."""
        return self._close(
            order_id, OrderStatus.ERROR, error_status_code=status_code, error_reason=reason[:255]
        )

    def _close(self, order_id: str, status: OrderStatus, **result: str | None) -> bool:
        values: dict[str, Any] = {f"to_{name}": result.get(name) for name in _RESULTS}
        values |= {"order_id": order_id, "from_statuses": sorted(ORDER_MOVES.predecessors(status))}
        values |= {"to_status": status.value, "to_updated_at": clock.now()}
        return self._connection.execute(_CLOSE, values).rowcount == 1

    def delete(self, order_id: str) -> None:
        """Remove an order; what it made stays.

        :raises NotFound: when another removed it first.
        """
        if self._connection.execute(_DELETE, {"order_id": order_id}).rowcount != 1:
            raise NotFound("Not Found. Order not found.")


_RESULTS = (
    "secret_id",
    "container_id",
    "error_status_code",
    "error_reason",
    "sub_status",
    "sub_status_message",
)


@lru_cache(maxsize=2)
def _list_statements(by_meta: bool) -> tuple[Select[Any], Select[Any]]:
    where = [projects.c.external_id == bindparam("external_id")]
    if by_meta:
        where.append(like(orders.c.meta))
    page = (
        select(*_ORDER)
        .select_from(_OWNED)
        .where(*where)
        .order_by(orders.c.created_at, orders.c.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )
    return select(func.count()).select_from(_OWNED).where(*where), page


def _order(row: Row[Any]) -> Order:
    fields = dict(row._mapping)
    return Order(**fields | {"meta": orjson.loads(fields["meta"]), "status": OrderStatus(fields["status"])})
