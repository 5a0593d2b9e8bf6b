"""Events as answers show them, and what an accepted request is answered with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.activity.event import Event, LogType
from barbican_like.activity.events.showing import shown
from barbican_like.activity.http.lists import page_schema
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.states import EventStatus
from barbican_like.http import references
from barbican_like.http.controller import Reply
from barbican_like.http.openapi.described import json_answer
from barbican_like.http.openapi.values import COUNT, ID, closed
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema, named

_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_FLAG: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time", "pattern": "Z$"}
_STATUS: Final[Schema] = {"enum": list(EventStatus)}
_EVENT: Final[dict[str, Schema]] = {
    "id": ID,
    "action": {"enum": list(Action)},
    "user": _TEXT_OR_NULL | {"description": "The URN of who asks, or his login; null: a registration."},
    "object": closed({"type": {"enum": list(ThingType)}, "id": _TEXT}),
    "data": {"type": ["object", "null"]},
    "notify": _FLAG,
    "status": _STATUS,
    "previous_status": {"enum": [*EventStatus, None]},
    "log": {
        "type": "array",
        "items": closed({"timestamp": TIME, "type": {"enum": list(LogType)}, "message": _TEXT}),
    },
    "messages": {
        "type": "array",
        "items": closed({"from": _TEXT_OR_NULL, "message": _TEXT, "timestamp": TIME}),
    },
    "manager": _TEXT_OR_NULL | {"description": "Who approved or denied."},
    "created": TIME,
    "updated": TIME,
    "project_id": _TEXT_OR_NULL,
    "version": COUNT | {"description": "Counts writes."},
}
EVENT: Final = named("Event", closed(_EVENT))
REQUEST: Final = named(
    "EventRequestShown", closed(_EVENT | {"executable": _FLAG | {"description": "May the caller decide?"}})
)
EVENTS: Final = named("Events", page_schema(EVENT))
REQUESTS: Final = named("EventRequests", page_schema(REQUEST))
ONE_EVENT: Final = named("OneEvent", closed({"result": {"type": "array", "items": EVENT, "maxItems": 1}}))
ONE_REQUEST: Final = named(
    "OneEventRequest", closed({"result": {"type": "array", "items": REQUEST, "maxItems": 1}})
)
_ACCEPTED: Final = named(
    "Accepted",
    closed(
        {
            "result": {"const": "success"},
            "events": {"type": "array", "items": ID, "description": "The ids of the events that were made."},
            "error": {"type": "null"},
            "debug": {"type": "null"},
        }
    ),
)
ACCEPTED: Final = json_answer("Accepted: what becomes of it, the events tell.", _ACCEPTED, location=True)


def accepted(req: Request, event_ids: Sequence[str], otherwise: str = "") -> Reply:
    """The answer to a request that was accepted.

    :param otherwise: the path below the prefix that Location names where no event was made.
    """
    content = {"result": "success", "events": list(event_ids), "error": None, "debug": None}
    path = f"activity/{event_ids[0]}" if event_ids else otherwise
    return Reply(content, 202, f"{references.base(req)}/{path}")


def one(event: Event) -> dict[str, Any]:
    """One event."""
    return {"result": [shown(event)]}


def page(events: Sequence[Event], limit: int, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A page.

    :param events: those that were found, one more than the limit where there is another page.
    :param items: as they are shown.
    """
    more = len(events) > limit
    return {"result": list(items[:limit]), "next": str(events[limit - 1].number) if more else None}
