"""What may be said of things, as JSON Schemas: made of the table of things.

They show what is always accepted. Some more is, such as a name that is not too long together with its
authority's: JSON Schema has no words for that.
"""

from __future__ import annotations

from typing import Any, Final

from barbican_like.activity.registry.things import Property, ThingKind, ThingType
from barbican_like.activity.registry.values import SHORT
from barbican_like.http.openapi.values import ID
from barbican_like.http.schema import Schema

_LONGEST_PARENT: Final = 100  # characters, so that what is under it has a name that is short enough
_LATEST: Final = 2**32  # unix seconds
_LONGEST: Final = 2**31  # seconds
_IN_NAMES: Final = "[A-Za-z0-9._]"  # what is left of a text in a shortname
_BY_NAME: Final = ("name", rf"^[^\u0000]*{_IN_NAMES}[^\u0000]*$")
_NAMED_BY: Final = {
    ThingType.USER: ("email", rf"^{_IN_NAMES}[A-Za-z0-9._-]{{0,63}}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"),
    ThingType.PROJECT: _BY_NAME,
    ThingType.RESOURCE: _BY_NAME,
}
"""What a shortname is made of where none is given, and which of it can be made one for certain."""


def id_schema(kind: ThingKind) -> Schema:
    """The ids of such things."""
    if kind.urn is None:
        return ID
    name = "sa" if kind.urn.value == "authority" else "[A-Za-z0-9._-]{1,64}"
    component = "[A-Za-z0-9._-]{1,64}"
    pattern = rf"^urn:publicid:IDN\+{component}(:{component})*\+{kind.urn.value}\+{name}$"
    return {"type": "string", "maxLength": 255, "pattern": pattern}


def new_schemas(kind: ThingKind) -> list[Schema]:
    """The data of a CREATE."""
    if kind.type is not ThingType.LEASE:
        return _named(kind) if kind.type in _NAMED_BY else [_whole(kind, {}, _needed(kind))]
    shown = {one.name: _plain(one) for one in kind.properties}
    start: Schema = {"type": "integer", "minimum": 0, "maximum": _LATEST, "description": "0 or none: now."}
    lasting = {**shown, "start_time": start, "duration": _seconds(1, _LONGEST)}
    until = {**shown, "end_time": _seconds(_LATEST + 1, 2 * _LATEST), "start_time": start}
    del lasting["end_time"], until["duration"]
    return [
        _object(kind, lasting, ("slice_id", "resources", "duration")),
        _object(kind, until, ("slice_id", "resources", "end_time")),
    ]


def update_schema(kind: ThingKind) -> Schema:
    """The data of an UPDATE: properties that are no lists, and not fixed."""
    shown = {one.name: _nullable(one) for one in kind.properties if not (one.fixed or one.is_list)}
    if kind.type is ThingType.LEASE:
        shown = {"duration": _seconds(1, _LONGEST)}
    return _object(kind, shown, ()) | {"minProperties": 1}


def link_schemas(kind: ThingKind) -> list[Schema]:
    """The data of an ADD or a REMOVE."""
    schemas = []
    for one in kind.properties:
        if one.link is None:
            continue
        words = [one.link.value, one.link.value.lower()]
        items = one.kind.schema["items"]
        for name, value in (
            ("value", items),
            ("values", {"type": "array", "items": items, "minItems": 1, "maxItems": 100}),
        ):
            members: dict[str, Schema] = {"type": {"type": "string", "enum": words}, name: value}
            schemas.append(_closed(members, ("type", name)))
    return schemas


def edit_schema(kind: ThingKind) -> Schema:
    """The body of a PUT: any of the properties that are not fixed, lists as they are to be."""
    if kind.type is ThingType.LEASE:
        return update_schema(kind)
    shown = {
        one.name: one.kind.schema if one.is_list else _nullable(one)
        for one in kind.properties
        if not one.fixed
    }
    return _object(kind, shown, ())


def _named(kind: ThingKind) -> list[Schema]:
    """With a shortname, or without one where it can be made of something else."""
    name, pattern = _NAMED_BY[kind.type]
    needed, found = _needed(kind), kind.find(name)
    source = {} if found is None else _new(kind, found) | {"pattern": pattern}
    given = {"shortname": SHORT.schema}
    return [
        _whole(kind, given, (*needed, "shortname")),
        _whole(kind, {"shortname": {"type": "null"}, name: source}, needed),
    ]


def _whole(kind: ThingKind, special: dict[str, Schema], required: tuple[str, ...]) -> Schema:
    """All properties of a new thing.

    :param special: schemas in place of their own.
    """
    return _object(kind, {one.name: _new(kind, one) for one in kind.properties} | special, required)


def _new(kind: ThingKind, one: Property) -> Schema:
    schema = _plain(one)
    if one.name == kind.parent:
        schema |= {"maxLength": _LONGEST_PARENT}
    # Null is as if it was not said.
    return schema if one.required or not one.nullable else schema | {"type": [schema["type"], "null"]}


def _needed(kind: ThingKind) -> tuple[str, ...]:
    return tuple(one.name for one in kind.properties if one.required or not one.nullable)


def _plain(one: Property) -> Schema:
    schema: dict[str, Any] = one.kind.schema
    if one.is_list and one.required:
        schema = schema | {"minItems": 1}
    return schema | {"description": f"Default: {one.default}."} if one.default else schema


def _nullable(one: Property) -> Schema:
    schema: Schema = one.kind.schema
    if one.required or not one.nullable:
        return schema
    return schema | {"type": [schema["type"], "null"]}


def _seconds(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _object(kind: ThingKind, members: dict[str, Schema], required: tuple[str, ...]) -> Schema:
    return _closed(members, required) | {"description": f"Properties of a {kind.type.lower()}."}


def _closed(members: dict[str, Schema], required: tuple[str, ...]) -> Schema:
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return schema | {"required": list(required)} if required else schema
