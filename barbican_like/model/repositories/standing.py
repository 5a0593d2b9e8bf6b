"""How the key manager stands, for operators: of all projects, how many there are of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select

from barbican_like.model.lists import Count, Size
from barbican_like.model.repositories.base import Repository
from barbican_like.model.states import OrderStatus
from barbican_like.model.tables import containers, orders, projects, secrets

_BY_STATUS: Final = Size(select(orders.c.id).where(orders.c.status == bindparam("in_status")))
THINGS: Final[Mapping[str, Count]] = {
    "secrets": Count(Size(select(secrets.c.id)), {}),
    "containers": Count(Size(select(containers.c.id)), {}),
}
"""Lists of all projects whose lengths are told."""
ORDERS: Final[Mapping[OrderStatus, Count]] = {
    status: Count(_BY_STATUS, {"in_status": status.value}) for status in OrderStatus
}
"""All orders in each status, likewise."""
# A pending order is never changed, so this is since when it waits.
_OLDEST_PENDING = select(func.min(orders.c.updated_at)).where(orders.c.status == OrderStatus.PENDING.value)
_FAILED = (
    select(orders.c.id, projects.c.external_id, orders.c.error_reason, orders.c.updated_at)
    .join(projects, projects.c.id == orders.c.project_id)
    .where(orders.c.status == OrderStatus.ERROR.value, orders.c.updated_at >= bindparam("since"))
    .order_by(orders.c.updated_at.desc())
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedOrder:
    """An order that has ended in ERROR."""

    id: str
    project_id: str  # external
    reason: str  # as its owner reads it
    since: datetime


class StandingRepo(Repository):
    """The key manager's rows of all projects."""

    def oldest_pending_order(self) -> datetime | None:
        """Since when the oldest order that is not worked yet waits; None where there is none."""
        oldest: datetime | None = self._connection.execute(_OLDEST_PENDING).scalar_one()
        return oldest

    def failed_orders(self, since: datetime, limit: int) -> Sequence[FailedOrder]:
        """Orders that have failed after a time, the newest first."""
        rows = self._connection.execute(_FAILED, {"since": since, "limit": limit})
        return [
            FailedOrder(
                id=row.id, project_id=row.external_id, reason=row.error_reason or "", since=row.updated_at
            )
            for row in rows
        ]
