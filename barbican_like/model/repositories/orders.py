"""Orders: looked up within their project only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Row, Update, bindparam, delete, insert, select

from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.filters import Spellings
from barbican_like.model.lists import Key, Listing, Part, Size, index_of
from barbican_like.model.lists import Order as ListOrder
from barbican_like.model.models import Order, Page, Project
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import OWNER, compare_and_set, like, like_values, mine, owned
from barbican_like.model.states import ORDER_MOVES, OrderStatus
from barbican_like.model.tables import orders, projects

_ORDER = Columns(orders, Order, project_id=projects.c.external_id)
_LISTED = Columns(orders, Order, project_id=OWNER)
_BY_AGE = ListOrder(
    Key(orders.c.created_at),
    Key(orders.c.id),
    index=index_of(orders.c.project_id, orders.c.created_at, orders.c.id),
)
_GET = (
    select(*_ORDER)
    .select_from(owned(orders))
    .where(orders.c.id == bindparam("order_id"), projects.c.external_id == bindparam("external_id"))
)
_LIST_PENDING = select(orders.c.id).where(
    orders.c.id.in_(bindparam("ids", expanding=True)), orders.c.status == OrderStatus.PENDING.value
)
_LIST_BY_IDS = (
    select(*_ORDER).select_from(owned(orders)).where(orders.c.id.in_(bindparam("ids", expanding=True)))
)
_INSERT = insert(orders)
_ACTIVATE = compare_and_set(orders, ORDER_MOVES, OrderStatus.ACTIVE).values(
    secret_id=bindparam("to_secret"),
    container_id=bindparam("to_container"),
    error_status_code=None,
    error_reason=None,
    sub_status="Unknown",
    sub_status_message="Unknown",
    updated_at=bindparam("at"),
)
_FAIL = compare_and_set(orders, ORDER_MOVES, OrderStatus.ERROR).values(
    error_status_code=bindparam("to_code"), error_reason=bindparam("to_reason"), updated_at=bindparam("at")
)
_DELETE = delete(orders).where(orders.c.id == bindparam("order_id"))


class OrderRepo(Repository):
    """The orders of one project at a time."""

    def get(self, order_id: str, project_id: str) -> Order:
        """An order of this project.

        :param project_id: the project's external id.
        :raises NotFound: when the project has no such order.
        """
        order = self.find(order_id, project_id)
        if order is None:
            raise NotFound("Not Found. Order not found.")
        return order

    def find(self, order_id: str, project_id: str) -> Order | None:
        """An order of this project, or None."""
        key = {"order_id": order_id, "external_id": project_id}
        row = self._connection.execute(_GET, key).one_or_none()
        return None if row is None else _order(row)

    def list_pending(self, order_ids: Collection[str]) -> set[str]:
        """Those of the orders, of whatever project, that are still PENDING."""
        return set(self._connection.execute(_LIST_PENDING, {"ids": list(order_ids)}).scalars())

    def list_by_ids(self, order_ids: Sequence[str]) -> Sequence[Order]:
        """Those of the ids that are there, of whatever project."""
        return [_order(row) for row in self._connection.execute(_LIST_BY_IDS, {"ids": list(order_ids)})]

    def list(self, project_id: str, page: Page, *, meta: Spellings) -> Part[Order]:
        """One page of a project's orders by age.

        :param meta: a text in the order's meta.
        """
        quoted = [f"%{orjson.dumps(text).decode()}%" for text in meta]  # as it stands in the column
        values: dict[str, Any] = {"external_id": project_id, **like_values("meta", quoted)}
        part = _listing(len(meta)).part(self._connection, values, page)
        return part.of(tuple(_order(row) for row in part.items))

    def add(self, order: Order, project: Project) -> None:
        """Write a new order.

        :raises StaleProject: when the project has been removed.
        """
        meta = orjson.dumps(dict(order.meta)).decode()
        row = _ORDER.row(order, project_id=project.id, meta=meta, status=order.status.value)
        self._insert(_INSERT, row)

    def activate(self, order_id: str, *, secret_id: str | None, container_id: str | None) -> datetime | None:
        """The order ends with its result; the time of that, None when it is ACTIVE already, or deleted."""
        return self._move(_ACTIVATE, order_id, to_secret=secret_id, to_container=container_id)

    def fail(self, order_id: str, *, status_code: str, reason: str) -> datetime | None:
        """PENDING -> ERROR with a reason that is safe to show; None when it is not PENDING any more."""
        return self._move(_FAIL, order_id, to_code=status_code, to_reason=reason[:255])

    def _move(self, statement: Update, order_id: str, **values: str | None) -> datetime | None:
        now = clock.now()
        key = {"of_id": order_id, "at": now}
        return now if self._connection.execute(statement, key | values).rowcount == 1 else None

    def delete(self, order_id: str) -> None:
        """Remove an order; what it made stays.

        :raises NotFound: when another removed it first.
        """
        if self._connection.execute(_DELETE, {"order_id": order_id}).rowcount != 1:
            raise NotFound("Not Found. Order not found.")


@cache
def _listing(texts: int) -> Listing:
    rows = select(*_LISTED).where(mine(orders))
    if texts:
        rows = rows.where(like(orders.c.meta, texts))
    return Listing(rows, _BY_AGE, Size(rows, _BY_AGE))


def _order(row: Row[*tuple[Any, ...]]) -> Order:
    return _ORDER.value(row, meta=orjson.loads(row.meta), status=OrderStatus(row.status))
