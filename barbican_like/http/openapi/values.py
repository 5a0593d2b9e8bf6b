"""Schemas of single values: texts, times, ids, references, as answers show them and queries take them."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.http.schema import LONGEST_TEXT, NO_NUL, Schema

_UUID4: Final = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

ID: Final[Schema] = {"type": "string", "format": "uuid", "pattern": f"^{_UUID4}$"}
"""A canonical UUID of version 4, in lower case."""

TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?$",
    "description": "ISO 8601 in UTC, without an offset.",
}
"""A time as answers show it."""

COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
TOTAL: Final[Schema] = COUNT | {"description": "How many there are on all pages together."}
LINK: Final[Schema] = {"type": "string", "format": "uri", "description": "The page's address, filters kept."}

TEXT_SHOWN: Final[Schema] = {"type": "string", "maxLength": LONGEST_TEXT}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"], "maxLength": LONGEST_TEXT}


def href(collection: str) -> Schema:
    """The reference of an entity, as answers show it."""
    return {"type": "string", "format": "uri", "pattern": f"/v1/{collection}/{_UUID4}$"}


def closed(properties: dict[str, Schema], *optional: str) -> Schema:
    """An object with these members and no others, all of them there but the optional ones."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def page_of(member: str, item: Schema) -> Schema:
    """A page of a list."""
    properties: dict[str, Schema] = {
        member: {"type": "array", "items": item},
        "total": TOTAL,
        "next": LINK,
        "previous": LINK,
    }
    return closed(properties, "next", "previous")


def parameter(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def like(name: str, what: str) -> Schema:
    """A filter by a text in which ``%`` stands for any characters."""
    description = (
        f"Only those whose {what} is this, or what this is the percent-encoding of; % stands for any "
        "characters. Empty: no filter."
    )
    return parameter(name, description, {"type": "string", "pattern": NO_NUL}, example="%")
