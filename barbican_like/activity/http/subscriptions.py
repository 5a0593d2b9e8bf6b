"""Subscriptions over HTTP. Each is its owner's: nobody else finds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.activity.feed import reading, sequencer
from barbican_like.activity.http import lists, stored_callers
from barbican_like.activity.http.services import Services
from barbican_like.activity.http.subscription_bodies import (
    CHANGE,
    NOW,
    ONE,
    ONE_WITH_SECRET,
    PAGE,
    REPLAY,
    NewSubscription,
    new_subscription,
    shown,
)
from barbican_like.activity.models import Subscription
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.subscriptions import SubscriptionRepo
from barbican_like.activity.subscription_states import SubscriptionStatus
from barbican_like.activity.subscriptions import service
from barbican_like.activity.subscriptions.service import Order, Owner
from barbican_like.common import ids
from barbican_like.common.errors import UnusableParameter
from barbican_like.http import references
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.openapi.values import ID, parameter
from barbican_like.http.request import Request

_EXAMPLE: Final = {"target": "https://hooks.example/barbican", "filter": {"name": ["secrets"]}, "since": NOW}
_MARKER: Final = parameter("marker", "`next` of the page before.", ID)
_SEEN: Final = json_answer("The subscription.", ONE)


class SubscriptionsController(Controller[Services]):
    """``/api/v1/subscriptions``."""

    default_operation = "Subscription(s) retrieval"

    @Operation(
        "Subscription(s) retrieval",
        rule="subscriptions:get",
        id="list_subscriptions",
        parameters=(lists.LIMIT, _MARKER),
        answers={200: json_answer("One page of one's own.", PAGE)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the caller's subscriptions."""
        lists.require_known(req.query, ("limit", "marker"))
        limit, marker = lists.limit_of(req.query), req.query.get("marker", "")
        if "marker" in req.query and not ids.is_canonical(marker):
            raise UnusableParameter("marker", "it is `next` of the page before")
        found = req.view.of(SubscriptionRepo).list(*_owner(req), after=marker, limit=limit + 1)
        more, found = len(found) > limit, found[:limit]
        return {"result": [shown(one) for one in found], "next": found[-1].id if more else None}

    @Operation(
        "Subscription creation",
        rule="subscriptions:write",
        body=new_subscription,
        id="create_subscription",
        examples={"secrets": _EXAMPLE, "all": {"target": "https://hooks.example/all"}},
        answers={201: json_answer("Made; its secret is shown this once.", ONE_WITH_SECRET, location=True)},
        errors=(410,),
    )
    def on_post(self, req: Request, body: NewSubscription) -> Reply:
        """Have the changes that the caller may see delivered, one after the other."""
        order = Order(body.target, body.wanted, _kept_place(req, body.since))
        owner = Owner(*_owner(req), stored_callers.kept(req.caller))
        made, secret = self.services.subscriptions.subscribe(req.uow, owner, order)
        location = references.to(req, "subscriptions", made.id)
        return Reply({"result": [shown(made, secret=secret)]}, 201, location)


class OfSubscription(Controller[Services]):
    """A route below ``/api/v1/subscriptions/{subscription_id}``."""

    default_operation = "Subscription retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """A subscription of the caller; another is not found."""
        return (req.view.of(SubscriptionRepo).own(path[0], *_owner(req)),)


class SubscriptionController(OfSubscription):
    """``/api/v1/subscriptions/{subscription_id}``."""

    @Operation(
        "Subscription retrieval", rule="subscriptions:get", id="get_subscription", answers={200: _SEEN}
    )
    def on_get(self, req: Request, subscription: Subscription) -> dict[str, Any]:
        """The subscription."""
        return {"result": [shown(subscription)]}

    @Operation(
        "Subscription update",
        rule="subscriptions:write",
        body=CHANGE,
        id="update_subscription",
        examples={"paused": {"status": "PAUSED"}, "active": {"status": "ACTIVE"}},
        answers={200: _SEEN},
        errors=(409, 410),
    )
    def on_put(self, req: Request, subscription: Subscription, status: SubscriptionStatus) -> dict[str, Any]:
        """Pause the deliveries, or go on with them at once, also after they were ended."""
        if status != subscription.status:
            if status is SubscriptionStatus.PAUSED:
                self.services.subscriptions.pause(req.uow, subscription)
            else:
                _kept_place(req, subscription.place)
                self.services.subscriptions.resume(req.uow, subscription)
        return _as_it_is(req, subscription)

    @Operation(
        "Subscription deletion", rule="subscriptions:write", id="delete_subscription", answers={204: NOTHING}
    )
    def on_delete(self, req: Request, subscription: Subscription) -> None:
        """End it, with its keys."""
        service.remove(req.uow, subscription.id)


class SubscriptionReplayController(OfSubscription):
    """``/api/v1/subscriptions/{subscription_id}/replay``."""

    @Operation(
        "Subscription replay",
        rule="subscriptions:write",
        body=REPLAY,
        id="replay_subscription",
        examples={"from_the_start": {"since": 0}},
        answers={202: json_answer("It goes on from there.", ONE)},
        errors=(410,),
    )
    def on_post(self, req: Request, subscription: Subscription, since: int) -> Reply:
        """Deliver from a place on, again where that was delivered before."""
        self.services.subscriptions.replay(req.uow, subscription, _kept_place(req, since))
        return Reply(_as_it_is(req, subscription), 202)


class SubscriptionRotateController(OfSubscription):
    """``/api/v1/subscriptions/{subscription_id}/rotate``."""

    @Operation(
        "Subscription key rotation",
        rule="subscriptions:write",
        id="rotate_subscription",
        answers={200: json_answer("The new key, which is shown this once.", ONE_WITH_SECRET)},
        errors=(409,),
    )
    def on_post(self, req: Request, subscription: Subscription) -> dict[str, Any]:
        """Let a new key sign from now on; the old one signs too for 24 hours."""
        secret = self.services.subscriptions.rotate(req.uow, subscription)
        return {"result": [shown(subscription, secret=secret)]}


def _owner(req: Request) -> tuple[str, str]:
    """The project and the user whose subscriptions the caller's are."""
    return req.caller.project_id, req.caller.user_id or ""


def _kept_place(req: Request, since: int | None) -> int:
    """A place that the feed has.

    :param since: None for its present end.
    :raises Gone: when it has not, or not any more.
    """
    sequencer.number_committed(req.frame.database)
    head = req.view.of(FeedRepo).head()
    if since is None:
        return head.last
    reading.require_kept(since, head)
    return since


def _as_it_is(req: Request, subscription: Subscription) -> dict[str, Any]:
    return {"result": [shown(req.uow.of(SubscriptionRepo).own(subscription.id, *_owner(req)))]}
