"""Every route of the room."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.http.bounds import Bounds
from barbican_like.activity.http.confirmation import ConfirmController, LinkController
from barbican_like.activity.http.controllers import (
    AddressesController,
    ChangesController,
    UserTokenController,
)
from barbican_like.activity.http.events import (
    EventController,
    EventMessagesController,
    EventRetryController,
    EventsController,
    RequestController,
    RequestsController,
)
from barbican_like.activity.http.subscriptions import (
    SubscriptionController,
    SubscriptionReplayController,
    SubscriptionRotateController,
    SubscriptionsController,
)
from barbican_like.activity.http.thing_schemas import URN
from barbican_like.activity.http.thing_writes import WRITTEN
from barbican_like.activity.http.things import PATH_NAMES, REGISTRY
from barbican_like.http.mount import Mount
from barbican_like.http.openapi import values
from barbican_like.http.router import ID, Table

_OWN_NAMES: Final = {
    "activity": "event_id",
    "requests": "event_id",
    "subscriptions": "subscription_id",
    "confirm": "token",
}
PREFIX: Final = "/api/v1"
"""What every path of the room begins with."""

ACTIVITY: Final[Table] = {
    (): AddressesController,
    ("activity",): EventsController,
    ("activity", "changes"): ChangesController,
    ("activity", ID): EventController,
    ("activity", ID, "messages"): EventMessagesController,
    ("activity", ID, "retry"): EventRetryController,
    ("requests",): RequestsController,
    ("requests", ID): RequestController,
    ("usertoken",): UserTokenController,
    ("confirm",): ConfirmController,
    ("confirm", ID): LinkController,
    ("subscriptions",): SubscriptionsController,
    ("subscriptions", ID): SubscriptionController,
    ("subscriptions", ID, "replay"): SubscriptionReplayController,
    ("subscriptions", ID, "rotate"): SubscriptionRotateController,
    **REGISTRY,
    **WRITTEN,
}
"""Below the prefix."""


def mount(bounds: Bounds) -> Mount:
    """The table with its place."""
    return Mount(
        prefix=PREFIX,
        table=ACTIVITY,
        bounds=bounds,
        path_names=PATH_NAMES | _OWN_NAMES,
        path_schemas=dict.fromkeys(PATH_NAMES.values(), URN)
        | {PATH_NAMES["leases"]: values.ID, _OWN_NAMES["confirm"]: {"type": "string", "maxLength": 128}},
    )
