"""An event as JSON: as a GET shows it, and as the feed does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from barbican_like.activity.event import Event

_PRIVATE: Final = frozenset({"email", "login"})
"""Properties of users that the feed does not show."""


def shown(event: Event) -> dict[str, Any]:
    """What a GET shows."""
    return {
        "id": event.id,
        "action": event.action,
        "user": event.author.name,
        "object": {"type": event.object_type, "id": event.object_id},
        "data": event.data,
        "notify": event.notify,
        "status": event.status,
        "previous_status": event.previous_status,
        "log": [
            {"timestamp": time(one.timestamp), "type": one.type, "message": one.message} for one in event.log
        ],
        "messages": [
            {"from": one.sender, "message": one.message, "timestamp": time(one.timestamp)}
            for one in event.messages
        ],
        "manager": event.manager,
        "created": time(event.created_at),
        "updated": time(event.updated_at),
        "project_id": event.author.project_id,
        "version": event.version,
    }


def snapshot(event: Event) -> dict[str, Any]:
    """The same without what is for a few."""
    return shown(event) | {"data": _public(event.data)}


def time(moment: datetime) -> str:
    """RFC 3339 in UTC.

    :param moment: naive UTC.
    """
    return f"{moment.isoformat(timespec='microseconds')}Z"


def _public(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _public(member) for name, member in value.items() if name not in _PRIVATE}
    if isinstance(value, list | tuple):
        return [_public(member) for member in value]
    return value
