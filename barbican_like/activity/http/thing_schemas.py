"""The registry's answers as JSON Schemas, made from the table of things."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.registry.things import ACTIVE, THINGS, Property, ThingKind, ThingType
from barbican_like.activity.registry.urns import LONGEST
from barbican_like.http.openapi.values import ID, closed
from barbican_like.http.schema import Schema, named

_NULL: Final[Schema] = {"type": "null"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_NAME: Final[Schema] = {"type": "string", "maxLength": LONGEST}
_NAMES: Final[Schema] = {"type": "array", "items": _NAME}
URN: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"^[^/\u0000]+$"}
"""A thing's name in a path; of a lease its id, of a user his address too."""


def _property(one: Property) -> Schema:
    if one.is_list:
        return _NAMES if one.target else {"type": "array", "items": {"type": "string"}}
    shown = _NAME if one.target else {"type": one.kind.schema["type"]}
    return shown if one.required else {"anyOf": [shown, _NULL]}


def _thing(kind: ThingKind) -> Schema:
    properties: dict[str, Schema] = {"id": ID if kind.urn is None else _NAME}
    if kind.urn is not None:
        properties["hrn"] = {"type": "string"}
    properties |= {one.name: _property(one) for one in kind.properties}
    properties |= dict.fromkeys(kind.derived, _NAMES)
    if kind.type is ThingType.SLICE:
        properties["authority"] = {"anyOf": [_NAME, _NULL]}
    properties |= {"status": {"const": ACTIVE}, "created": _TIME, "updated": _TIME}
    private = [one.name for one in kind.properties if one.private]
    about = f"{', '.join(private)}: only for the user himself, PIs over him and admins." if private else ""
    described = closed(properties, *private)
    return named(
        f"Registry{kind.type.capitalize()}", described | {"description": about} if about else described
    )


_THINGS: Final = {kind.type: _thing(kind) for kind in THINGS.values()}


def one_of(thing_type: ThingType) -> Schema:
    """An answer with one thing: a list of one."""
    return closed({"result": {"type": "array", "items": _THINGS[thing_type]}})


def list_of(thing_type: ThingType) -> Schema:
    """A page of things."""
    following = {"type": ["string", "null"], "description": "The next `marker`; null: that was all."}
    return closed({"result": {"type": "array", "items": _THINGS[thing_type]}, "next": following})
