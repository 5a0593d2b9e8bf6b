"""The rules of the room. What else decides is stored: who is in a project, and who is a PI above it."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.activity.http.callers import ADMIN_RULE, READ_RULE
from barbican_like.activity.http.routes import PREFIX
from barbican_like.activity.registry.things import COLLECTIONS
from barbican_like.http.policy.rules import ADMIN, MEMBER, READER, Legacy, Policies, documented

_EVERYBODY: Final = "@"
_EVENTS: Final = (
    ("GET", "activity"),
    ("POST", "activity"),
    ("GET", "activity/{event-id}"),
    ("POST", "activity/{event-id}/messages"),
    ("POST", "activity/{event-id}/retry"),
    ("GET", "requests"),
    ("GET", "requests/{event-id}"),
    ("PUT", "requests/{event-id}"),
)
_REASON: Final = "The legacy defaults are built on the key manager's own roles, as those for secrets are."
_SINCE: Final = "Wallaby"


def policies() -> Policies:
    """Every rule of the room."""
    reads = [f"GET {PREFIX}/{path}" for name in COLLECTIONS for path in (name, f"{name}/{{urn}}")]
    return Policies(
        rules=(
            documented(
                ADMIN_RULE,
                check=ADMIN,
                description="See all of the registry and all events, change things without asking anybody, "
                "decide requests, have events tried again.",
                operations=[*reads, *(f"{verb} {PREFIX}/{path}" for verb, path in _EVENTS)],
            ),
            documented(
                READ_RULE,
                check=_EVERYBODY,
                description="Read the registry: of projects and slices one's own, and those that one is a "
                "PI over.",
                operations=[*reads, f"GET {PREFIX}/profile"],
            ),
            *_subscriptions(),
        ),
        kinds=frozenset(),
    )


def _subscriptions() -> tuple[Any, ...]:
    return (
        documented(
            "subscriptions:get",
            check=f"{READER} or {MEMBER}",
            description="See one's own subscriptions to the feed.",
            operations=["GET /api/v1/subscriptions", "GET /api/v1/subscriptions/{subscription-id}"],
            legacy=Legacy(check="rule:all_but_audit", reason=_REASON, since=_SINCE),
        ),
        documented(
            "subscriptions:write",
            check=MEMBER,
            description="Have changes delivered, pause that, and end it.",
            operations=[
                "POST /api/v1/subscriptions",
                "PUT /api/v1/subscriptions/{subscription-id}",
                "DELETE /api/v1/subscriptions/{subscription-id}",
                "POST /api/v1/subscriptions/{subscription-id}/replay",
                "POST /api/v1/subscriptions/{subscription-id}/rotate",
            ],
            legacy=Legacy(check="rule:admin_or_creator", reason=_REASON, since=_SINCE),
        ),
    )
