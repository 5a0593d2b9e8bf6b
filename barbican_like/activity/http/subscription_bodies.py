"""The bodies and answers of subscriptions as schemas."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from barbican_like.activity.http.bounds import Bounds
from barbican_like.activity.http.lists import page_schema
from barbican_like.activity.models import Subscription
from barbican_like.activity.subscription_states import SubscriptionStatus
from barbican_like.activity.subscriptions.targets import LONGEST, BadTarget
from barbican_like.http.openapi.values import COUNT, ID, closed
from barbican_like.http.schema import Custom, Integer, Located, Member, Object, OneOf, Schema, Value, Where
from barbican_like.http.schema import named as component

_TITLE: Final = "Subscription"
NOW: Final = "now"
_LARGEST_PLACE: Final = 10**18 - 1
_PLACE: Final = Integer(least=0, most=_LARGEST_PLACE)
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}

# Narrower than what is accepted: names that are public for certain.
_TARGET: Final[Schema] = {
    "type": "string",
    "format": "uri",
    "maxLength": LONGEST,
    "pattern": r"^https://[a-z][a-z0-9]{0,30}\.example(/[A-Za-z0-9._~-]{1,30}){0,4}$",
    "description": "A URL with https, at a public address, without credentials and fragment. "
    "Redirects are not followed.",
}


class NewSubscription(NamedTuple):
    """What a body asks for."""

    target: str
    wanted: str  # JSON: the filter as it was given
    since: int | None  # None: the present end of the feed


def new_subscription(bounds: Bounds) -> Value[NewSubscription]:
    """The body that makes one."""

    def target(value: object, where: Where) -> str:
        if not isinstance(value, str):
            raise where.fault("target is not of type 'string'")
        try:
            bounds.targets.check(value)
        except BadTarget as error:
            raise where.fault(f"target {error}") from None
        return value

    def wanted(value: object, _where: Where) -> str:
        bounds.queries.filter_of(value)
        return orjson.dumps(value).decode()

    return Located(
        Object(
            title=_TITLE,
            name="NewSubscription",
            members=(
                Member("target", Custom(target, _TARGET), required=True),
                Member("filter", Custom(wanted, bounds.queries.filter.json_schema()), into="wanted"),
                Member("since", Custom(_since, {"anyOf": [{"const": NOW}, _PLACE.json_schema()]})),
            ),
            make=_new,
            closed=True,
        )
    )


def _since(value: object, where: Where) -> int | None:
    return None if value == NOW else _PLACE.parse(value, where)


def _new(target: str, wanted: str = "{}", since: int | None = None) -> NewSubscription:
    return NewSubscription(target, wanted, since)


def _status(status: str) -> SubscriptionStatus:
    return SubscriptionStatus(status)


def _place(since: int) -> int:
    return since


CHANGE: Final = Located(
    Object(
        title=_TITLE,
        name="SubscriptionChange",
        members=(
            Member("status", OneOf((SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)), required=True),
        ),
        make=_status,
        closed=True,
    )
)
REPLAY: Final = Located(
    Object(
        title=_TITLE,
        name="SubscriptionReplay",
        members=(Member("since", _PLACE, required=True),),
        make=_place,
        closed=True,
    )
)

_SHOWN: Final[dict[str, Schema]] = {
    "id": ID,
    "target": {"type": "string"},
    "filter": {"type": "object"},
    "status": {"enum": [status.value for status in SubscriptionStatus]},
    "cursor": COUNT | {"description": "The number of the last change that was delivered, or passed over."},
    "problem": {
        "type": ["string", "null"],
        "description": "What was wrong with the last try; of DISABLED: why.",
    },
    "created": _TIME,
    "updated": _TIME,
}
_ITEM: Final = component("Subscription", closed(_SHOWN))
_SECRET: Final[Schema] = {
    "type": "string",
    "pattern": "^whsec_[A-Za-z0-9+/]{43}=$",
    "description": "The key that signs, as Standard Webhooks has it; shown once.",
}
PAGE: Final = component("Subscriptions", page_schema(_ITEM))
ONE: Final = component("OneSubscription", closed({"result": {"type": "array", "items": _ITEM}}))
ONE_WITH_SECRET: Final = component(
    "SubscriptionWithSecret",
    closed({"result": {"type": "array", "items": closed(_SHOWN | {"secret": _SECRET})}}),
)


def shown(subscription: Subscription, **more: str) -> dict[str, Any]:
    """A subscription as its owner sees it.

    :param more: further members.
    """
    return {
        "id": subscription.id,
        "target": subscription.target,
        "filter": orjson.Fragment(subscription.wanted),
        "status": subscription.status,
        "cursor": subscription.place,
        "problem": subscription.problem,
        "created": f"{subscription.created_at.isoformat(timespec='microseconds')}Z",
        "updated": f"{subscription.updated_at.isoformat(timespec='microseconds')}Z",
        **more,
    }
