"""What is done with orders, whoever asks: accepting one, giving a young one a moment, taking one back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from barbican_like.common import clock, ids
from barbican_like.common.notices import CREATED, DELETED
from barbican_like.model import telling
from barbican_like.model.models import Order
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import kinds, resources
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient

_YOUNG: Final = 1.0  # seconds; an older PENDING order is shown as it is
_WORTH: Final = 0.5
"""Seconds that are worth waiting for a young order where that holds no thread: most pairs are done then."""
_LONGEST_WAIT: Final = 0.025  # seconds that a thread may wait
_POLL: Final = 0.002  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order, checked, that nobody has accepted yet."""

    project_id: str  # external id
    creator_id: str | None
    request_id: str
    type: str
    meta: Mapping[str, Any]  # as it will be shown
    passphrase: str | None = field(repr=False)


def accept(uow: UnitOfWork, new: NewOrder, plugins: Plugins, tasks: TaskClient) -> Order:
    """Write the order and what a worker owes for it, in one commit; the wake-up leaves after that."""
    order = _pending(new)
    drawn = _drawn_ids(new)
    uow.orders.add(order, uow.projects.find_or_create(order.project_id))
    telling.of_order(uow, order, CREATED)
    if new.passphrase:
        resources.keep_passphrase(uow, plugins, order, drawn["passphrase_id"], new.passphrase)
    arguments = drawn | {"request_id": new.request_id}
    tasks.owe(uow, kinds.of_order(order.type), order.id, arguments, project_id=order.project_id)
    return order


def take_back(uow: UnitOfWork, order: Order) -> None:
    """Remove an order, with its task where that is still open; what it made stays."""
    task = uow.tasks.find(kinds.of_order(order.type).name, order.id)
    if task is not None:
        uow.tasks.discard(task.id)
    uow.orders.delete(order.id)
    telling.of_order(uow, order, DELETED)


def worth_waiting(order: Order) -> float:
    """Seconds after which an order may be done that is not yet; 0 for one that is, or that is not young.

    Clients that find it PENDING sleep for a second.
    """
    if order.status is not OrderStatus.PENDING:
        return 0
    if (clock.now() - order.created_at).total_seconds() > _YOUNG:
        return 0
    return _WORTH


class Patience:
    """Lets those who ask for a young order wait on their thread, where there is no other way.

    :param places: how many may wait at once; the others are answered at once.
    """

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places) if places > 0 else None

    def wait(self, order: Order, look: Callable[[], Order]) -> Order:
        """The order as it is within the next 25 ms.

        :param look: reads it anew.
        """
        if self._places is None or not worth_waiting(order):
            return order
        if not self._places.acquire(blocking=False):
            return order
        try:
            deadline = time.monotonic() + _LONGEST_WAIT
            while time.monotonic() < deadline:
                time.sleep(_POLL)
                order = look()
                if order.status is not OrderStatus.PENDING:
                    break
        finally:
            self._places.release()
        return order


def _pending(new: NewOrder) -> Order:
    now = clock.now()
    return Order(
        id=ids.new_id(),
        project_id=new.project_id,
        creator_id=new.creator_id,
        type=new.type,
        meta=new.meta,
        status=OrderStatus.PENDING,
        secret_id=None,
        container_id=None,
        error_status_code=None,
        error_reason=None,
        sub_status=None,
        sub_status_message=None,
        created_at=now,
        updated_at=now,
    )


def _drawn_ids(new: NewOrder) -> dict[str, str]:
    """Ids of what the order will make, drawn now so that a second try makes the same things."""
    if new.type == "key":
        return {"secret_id": ids.new_id()}
    names = ["container_id", "private_key_id", "public_key_id"]
    if new.passphrase:
        names.append("passphrase_id")
    return {name: ids.new_id() for name in names}
