"""Orders: accepted with their task in one commit, worked by a worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import webob

from barbican_like.api import serialise
from barbican_like.api.controllers.quotas import require_quota
from barbican_like.api.schemas import orders as bodies
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.common.errors import MethodNotAllowed, NotFound
from barbican_like.http import references
from barbican_like.http.controller import Controller, operation
from barbican_like.http.frame import Frame
from barbican_like.http.policy import Target
from barbican_like.http.request import Request
from barbican_like.model.models import Order, Secret
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import content, kinds, resources
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret

_YOUNG: Final = 1.0  # seconds; an older PENDING order is answered as it is
_LONGEST_WAIT: Final = 0.025  # seconds
_POLL: Final = 0.002  # seconds


def _order(body: object, _services: Services) -> bodies.OrderBody:
    return bodies.order(body)


class OrdersController(Controller[Services]):
    """``/v1/orders``."""

    default_operation = "Order(s) retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        self.allowed = ("GET", "POST")  # a PUT has a text of its own, but is refused all the same

    @operation("Order(s) retrieval", rule="orders:get")
    def on_get(self, req: Request, resp: webob.Response) -> dict[str, Any]:
        """One page of the project's orders."""
        del resp
        found, total = req.view.orders.list(req.caller.project_id, req.page, meta=req.query.get("meta"))
        return references.paged(req, "orders", [serialise.order(req, item) for item in found], total)

    @operation("Order creation", rule="orders:post", body=_order)
    def on_post(self, req: Request, resp: webob.Response, body: bodies.OrderBody) -> dict[str, str]:
        """Accept an order: its row and its task's in one commit, then the wake-up."""
        require_quota(req, self.services, "orders")
        order = _accepted(req, body)
        drawn: dict[str, str] = _drawn_ids(body)
        if "passphrase_id" in drawn:
            _keep_passphrase(
                req.uow, self.services.plugins, order, drawn["passphrase_id"], body.passphrase or ""
            )
        req.uow.orders.add(order, req.uow.projects.find_or_create(order.project_id))
        self.services.tasks.owe(
            req.uow,
            kinds.of_order(order.type),
            order.id,
            drawn | {"request_id": req.caller.request_id},
            project_id=order.project_id,
        )
        resp.status_int = 202
        resp.location = references.to(req, "orders", order.id)
        return {"order_ref": resp.location}

    @operation("Order update", rule="orders:put")
    def on_put(self, req: Request, resp: webob.Response) -> None:
        """There is no update; the policy is asked first, as clients know it."""
        del req, resp
        raise MethodNotAllowed(self.allowed, "Order update is not supported.")


class OrderController(Controller[Services]):
    """``/v1/orders/{order_id}``."""

    default_operation = "Order retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        # One thread of a process never waits, so that orders that take long cannot stop everything.
        self._waiters = threading.BoundedSemaphore(frame.threads - 1) if frame.threads > 1 else None

    def lookup(self, req: Request, *ids_: str) -> Sequence[Any]:
        """The order, of this project only: another's is a 404."""
        if not ids.is_canonical(ids_[0]):
            raise NotFound("Not Found. Order not found.")
        return (req.view.orders.get(ids_[0], req.caller.project_id),)

    def target(self, found: Sequence[Any]) -> Target:
        """The order as the policy knows it."""
        order: Order = found[0]
        return Target(
            kind="order",
            project_id=order.project_id,
            creator_id=order.creator_id,
            read=None,
            read_project_access=True,
        )

    @operation("Order retrieval", rule="order:get")
    def on_get(self, req: Request, resp: webob.Response, order: Order) -> dict[str, Any]:
        """The order; a young PENDING one is given a moment to be done."""
        del resp
        return serialise.order(req, self._awaited(req, order))

    @operation("Order deletion", rule="order:delete")
    def on_delete(self, req: Request, resp: webob.Response, order: Order) -> None:
        """Remove it, with its task where that is still open; what it made stays."""
        del resp
        task = req.uow.tasks.find(kinds.of_order(order.type).name, order.id)
        if task is not None and req.uow.tasks.discard(task.id) and "passphrase_id" in (task.kwargs or {}):
            req.uow.secrets.discard((task.kwargs or {})["passphrase_id"])
        req.uow.orders.delete(order.id)

    def _awaited(self, req: Request, order: Order) -> Order:
        """The order as it is within the next 25 ms: clients that find it PENDING sleep for a second."""
        if order.status is not OrderStatus.PENDING or self._waiters is None:
            return order
        if (clock.now() - order.created_at).total_seconds() > _YOUNG:
            return order
        if not self._waiters.acquire(blocking=False):
            return order
        try:
            deadline = time.monotonic() + _LONGEST_WAIT
            while time.monotonic() < deadline:
                time.sleep(_POLL)
                order = req.view.orders.get(order.id, order.project_id)
                if order.status is not OrderStatus.PENDING:
                    break
        finally:
            self._waiters.release()
        return order


def _accepted(req: Request, body: bodies.OrderBody) -> Order:
    now = clock.now()
    return Order(
        id=ids.new_id(),
        project_id=req.caller.project_id,
        creator_id=req.caller.user_id,
        type=body.type,
        meta=body.meta,
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


def _drawn_ids(body: bodies.OrderBody) -> dict[str, str]:
    """Ids of what the order will make, drawn now so that a second try makes the same things."""
    if body.type == "key":
        return {"secret_id": ids.new_id()}
    names = ["container_id", "private_key_id", "public_key_id"]
    if body.passphrase:
        names.append("passphrase_id")
    return {name: ids.new_id() for name in names}


def _keep_passphrase(
    uow: UnitOfWork, plugins: Plugins, order: Order, secret_id: str, passphrase: str
) -> None:
    """Seal the passphrase as the secret that the order's container will name, unseen until then."""
    secret = Secret(
        id=secret_id,
        project_id=order.project_id,
        creator_id=order.creator_id,
        name=order.meta["name"],
        secret_type="passphrase",  # noqa: S106  the kind, not one
        algorithm=None,
        bit_length=None,
        mode=None,
        expiration=None,
        content_type=content.TEXT,
        created_at=order.created_at,
        updated_at=order.created_at,
    )
    resources.reserve_secret(uow, plugins, NewSecret(secret=secret, payload=passphrase.encode()))
