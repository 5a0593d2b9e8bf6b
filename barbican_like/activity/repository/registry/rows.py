"""Things as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Row

from barbican_like.activity.registry.things import THINGS, Thing, ThingType

KEPT_WITH_IT: Final = frozenset({"keys"})
"""Lists that are in the row itself: texts too long for a key of a table, and nobody looks for one."""


def columns_of(
    thing_type: ThingType, values: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What changes in a row when its thing has these properties."""
    kept = {name: list(found) for name, found in lists.items() if name in KEPT_WITH_IT}
    email: str | None = values.get("email")
    return {
        "parent": values.get(THINGS[thing_type].parent),
        "shortname": values.get("shortname"),
        "login": values.get("login"),
        "email": None if email is None else email.lower(),
        "start_time": values.get("start_time"),
        "end_time": values.get("end_time"),
        "properties": orjson.dumps({**values, **kept}).decode(),
    }


def thing_of(row: Row[Any], links: Iterable[tuple[str, str]]) -> Thing:
    """What a row tells.

    :param links: the elements of its other lists, each as (list, element).
    """
    thing_type = ThingType(row.type)
    properties: dict[str, Any] = orjson.loads(row.properties)
    lists: dict[str, list[str]] = {one.name: properties.pop(one.name, []) for one in THINGS[thing_type].lists}
    for name, target in links:
        lists[name].append(target)
    return Thing(
        type=thing_type,
        id=row.id,
        values=properties,
        lists={
            name: tuple(found if name in KEPT_WITH_IT else sorted(found)) for name, found in lists.items()
        },
        status=row.status,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
