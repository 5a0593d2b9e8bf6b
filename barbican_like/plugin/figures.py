"""What operators see of the key manager as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from barbican_like.common import clock
from barbican_like.common.figures import MOST_TROUBLES, Figures, Tally, Trouble
from barbican_like.model.repositories.standing import ORDERS, THINGS, FailedOrder, StandingRepo
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Reading

_RECENT: Final = timedelta(days=1)


def figures(view: Reading) -> Figures:
    """Secrets, containers, orders by status, and orders that have failed within a day."""
    standing = view.of(StandingRepo)
    oldest = standing.oldest_pending_order()
    things = [Tally(object=name, number=view.count(count)) for name, count in THINGS.items()]
    orders = [
        Tally(
            object="orders",
            status=status.value,
            number=view.count(count),
            oldest=oldest if status is OrderStatus.PENDING else None,
        )
        for status, count in ORDERS.items()
    ]
    failed = standing.failed_orders(clock.now() - _RECENT, MOST_TROUBLES)
    return Figures(tallies=(*things, *orders), troubles=tuple(map(_trouble, failed)))


def _trouble(order: FailedOrder) -> Trouble:
    return Trouble(
        object="orders", id=order.id, project_id=order.project_id, reason=order.reason, since=order.since
    )
