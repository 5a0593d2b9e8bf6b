"""Things as answers and the feed show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from barbican_like.activity.registry import urns
from barbican_like.activity.registry.privilege import Standing
from barbican_like.activity.registry.things import THINGS, Thing, ThingType


def shown(thing: Thing, *, private: bool, derived: Mapping[str, Any]) -> dict[str, Any]:
    """A thing with all its properties; what it does not have is null.

    :param private: whether what only the user himself, PIs over him and admins see is shown too.
    :param derived: its derived properties, by name.
    """
    kind = THINGS[thing.type]
    named = {} if kind.urn is None else {"hrn": urns.parse(thing.id).hrn}
    properties = {
        one.name: list(thing.lists[one.name]) if one.is_list else thing.values.get(one.name)
        for one in kind.properties
        if private or not one.private
    }
    times = {"created": _time(thing.created_at), "updated": _time(thing.updated_at)}
    return {"id": thing.id, **named, **properties, **derived, "status": thing.status, **times}


def snapshot(thing: Thing, standing: Standing) -> dict[str, Any]:
    """A thing as rows of the feed have it: the same for every reader.

    So there is nothing private in it, and no list of projects or slices that not everybody may see.
    """
    derived = {}
    if thing.type is ThingType.SLICE:
        derived["authority"] = standing.above[1].id if len(standing.above) > 1 else None
    return shown(thing, private=False, derived=derived)


def _time(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return f"{moment.isoformat(timespec='microseconds')}Z"
