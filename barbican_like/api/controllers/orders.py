"""Orders: accepted with their task in one commit, worked by a worker."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, Final

from barbican_like.api import answers, orders, serialise
from barbican_like.api.controllers.quotas import require_quota
from barbican_like.api.schemas import orders as bodies
from barbican_like.api.services import Services
from barbican_like.common import ids
from barbican_like.common.errors import MethodNotAllowed, NotFound
from barbican_like.http import query, references
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.frame import Frame
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.openapi.values import parameter
from barbican_like.http.policy import Target
from barbican_like.http.request import Request
from barbican_like.http.schema import NO_NUL
from barbican_like.http.wish import MAY_WISH, WISH, Wish
from barbican_like.model.models import Order
from barbican_like.model.unit_of_work import Reading

_EXAMPLES: Final = {
    "key": {"type": "key", "meta": {"name": "disk", "algorithm": "aes", "bit_length": 256, "mode": "cbc"}},
    "key_pair": {"type": "asymmetric", "meta": {"name": "host", "algorithm": "ed25519", "bit_length": 256}},
}


class OrdersController(Controller[Services]):
    """``/v1/orders``."""

    default_operation = "Order(s) retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        self.allowed = ("GET", "POST")  # a PUT has a text of its own, but is refused all the same

    @Operation(
        "Order(s) retrieval",
        rule="orders:get",
        id="list_orders",
        paged=True,
        parameters=(
            parameter(
                "meta",
                "Only those whose meta has this as a value.",
                {"type": "string", "pattern": NO_NUL},
                example="aes",
            ),
        ),
        answers={200: json_answer("One page.", answers.ORDERS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the project's orders."""
        part = req.view.orders.list(
            req.caller.project_id, req.page, meta=query.spellings(req.filters.get("meta"))
        )
        return references.paged(req, "orders", part, partial(serialise.order, req))

    @Operation(
        "Order creation",
        rule="orders:post",
        body=bodies.ORDER,
        id="create_order",
        examples=_EXAMPLES,
        answers={
            202: json_answer(
                "Accepted; it is worked whatever happens.", answers.ORDER_REFERENCE, location=True
            )
        },
    )
    def on_post(self, req: Request, body: bodies.OrderBody) -> Reply:
        """Accept an order."""
        require_quota(req, self.services, "orders")
        new = orders.NewOrder(
            project_id=req.caller.project_id,
            creator_id=req.caller.user_id,
            request_id=req.caller.request_id,
            type=body.type,
            meta=body.meta,
            passphrase=body.passphrase,
        )
        order = orders.accept(req.uow, new, self.services.plugins, self.services.tasks)
        location = references.to(req, "orders", order.id)
        return Reply({"order_ref": location}, 202, location)

    @Operation("Order update", rule="orders:put", id="update_order", answers={}, errors=(405,))
    def on_put(self, req: Request) -> None:
        """There is no update; the policy is asked first, as clients know it."""
        raise MethodNotAllowed(self.allowed, "Order update is not supported.")


class OrderController(Controller[Services]):
    """``/v1/orders/{order_id}``."""

    default_operation = "Order retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        # One thread of a process never waits, so that orders that take long cannot stop everything.
        self._patience = orders.Patience(frame.threads - 1)

    def lookup(self, req: Request, *ids_: str) -> Sequence[Any]:
        """The order, of this project only: another's is a 404."""
        if not ids.is_canonical(ids_[0]):
            raise NotFound("Not Found. Order not found.")
        return (req.view.orders.get(ids_[0], req.caller.project_id),)

    def target(self, found: Sequence[Any]) -> Target:
        """The order as the policy knows it."""
        order: Order = found[0]
        return Target(kind="order", project_id=order.project_id, creator_id=order.creator_id)

    @Operation(
        "Order retrieval",
        rule="order:get",
        id="get_order",
        answers={200: json_answer("The order.", answers.ORDER)},
    )
    def on_get(self, req: Request, order: Order) -> dict[str, Any]:
        """The order; a young PENDING one is given a moment to be done."""
        return serialise.order(req, self._waited_for(req, order))

    def _waited_for(self, req: Request, order: Order) -> Order:
        may_wish = req.environ.get(MAY_WISH)
        if may_wish is None:
            return self._patience.wait(order, lambda: req.view.orders.get(order.id, order.project_id))
        seconds = orders.worth_waiting(order)
        if seconds and may_wish:
            req.environ[WISH] = Wish(order.id, self._ended, seconds)
        return order

    def _ended(self, order_ids: Collection[str]) -> Collection[str]:
        """Those of the orders that are PENDING no more."""
        with Reading(self.frame.database) as view:
            return set(order_ids) - view.orders.list_pending(order_ids)

    @Operation("Order deletion", rule="order:delete", id="delete_order", answers={204: NOTHING})
    def on_delete(self, req: Request, order: Order) -> None:
        """Remove it, with its task where that is still open; what it made stays."""
        orders.take_back(req.uow, order)
