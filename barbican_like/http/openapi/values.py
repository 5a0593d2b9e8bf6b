"""Schemas of single values: texts, times, ids, references, as the API takes and gives them."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.http.openapi.described import Schema
from barbican_like.http.schema import LONGEST_TEXT

# What Python's str.strip removes (PEP 3333 and JSON know no such class), for use between brackets.
BLANK: Final = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UUID4: Final = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
NO_NUL: Final = r"^[^\u0000]*$"
NOT_BLANK: Final = rf"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$"

ID: Final[Schema] = {"type": "string", "format": "uuid", "pattern": f"^{_UUID4}$"}
"""A canonical UUID of version 4, in lower case."""

TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?$",
    "description": "ISO 8601 in UTC, without an offset.",
}
"""A time as answers show it."""

NEW_EXPIRATION: Final[Schema] = {
    "type": ["string", "null"],
    "format": "future-date-time",
    "description": "ISO 8601, in the future; UTC unless it has an offset. Null or empty: it never expires.",
}

COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
TOTAL: Final[Schema] = COUNT | {"description": "How many there are on all pages together."}
LINK: Final[Schema] = {"type": "string", "format": "uri", "description": "The page's address, filters kept."}

TEXT_SHOWN: Final[Schema] = {"type": "string", "maxLength": LONGEST_TEXT}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"], "maxLength": LONGEST_TEXT}


def text(description: str, *, nullable: bool = False) -> Schema:
    """A text that a client gives; blanks around it count for its length, and are dropped."""
    kind: Any = ["string", "null"] if nullable else "string"
    return {"type": kind, "maxLength": LONGEST_TEXT, "pattern": NO_NUL, "description": description}


def required_text(description: str, *, longest: int = LONGEST_TEXT) -> Schema:
    """A text that must hold something besides blanks."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": longest,
        "pattern": NOT_BLANK,
        "description": description,
    }


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


def query(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def like(name: str, what: str) -> Schema:
    """A filter by a text in which ``%`` and ``_`` stand for any characters and for any one."""
    description = f"Only those whose {what} is like this; % stands for any characters, _ for one."
    return query(name, description, {"type": "string", "pattern": NO_NUL}, example="%")
