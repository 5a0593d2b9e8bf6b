"""Values that bodies and queries of this room have: enums by name or number, paths, ids, pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from barbican_like.common.errors import InvalidInput, NotFound
from barbican_like.http.openapi.values import parameter
from barbican_like.http.schema import Custom, Integer, Schema, Where
from barbican_like.workqueue import paths
from barbican_like.workqueue.states import JobProtocol

E = TypeVar("E", bound=StrEnum)

LARGEST_ID: Final = 2**31 - 1
MOST: Final = 1000  # items on a page
ALIASES: Final = {"SSH": JobProtocol.SFTP}
DROPPED: Final = (
    *("id", "user_id", "log_uid", "status", "attempts", "timestamp"),
    *("src_credentials", "dst_credentials"),
)
"""Members that the service says itself: in a body they change nothing."""

SITE_ID: Final = Integer(least=1, most=LARGEST_ID, about="The id of a site.", exact=True)
INTEGER_ID: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
ATTEMPT: Final[Schema] = {
    "type": "integer",
    "minimum": -LARGEST_ID,
    "maximum": LARGEST_ID,
    "description": "From 1; a negative one counts from the last.",
}
LIMIT: Final = parameter(
    "limit",
    f"How many are on a page, 1 to {MOST}.",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST},
    example=10,
)
MARKER: Final = parameter(
    "marker", "The last id of the page before this one.", INTEGER_ID, example=LARGEST_ID
)


def enum_value(kind: type[E], aliases: Mapping[str, E] | None = None) -> Custom[E]:
    """A member of an enum by its number, as a number or a text, or by its name in any case."""

    def parse(value: object, where: Where) -> E:
        found = member_of(kind, value, aliases or {})
        if found is None:
            raise where.fault(
                f"{where.label} is none of {[one.value for one in kind]}, nor the number of one"
            )
        return found

    words = [one.value for one in kind] + list(aliases or {})
    numbers = {"type": "integer", "minimum": 0, "maximum": len(kind) - 1}
    return Custom(parse, {"anyOf": [{"type": "string", "enum": words}, numbers]})


def member_of(kind: type[E], value: object, aliases: Mapping[str, E]) -> E | None:
    """A member by its number or its name; None where it is none."""
    members = list(kind)
    if isinstance(value, str):
        word = value.upper() if value.isascii() else value  # a long s would become an S
        if word in aliases:
            return aliases[word]
        if word.isascii() and word.isdigit() and len(word) <= 3:  # noqa: PLR2004  more digits than there are members
            value = int(word)
        else:
            return next((one for one in members if one.value == word), None)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(members):
        return members[value]
    return None


def _parse_path(value: object, where: Where) -> str:
    if not isinstance(value, str):
        raise where.fault(f"{where.label} is not of type 'string'")
    try:
        paths.check(value)
    except paths.BadPath as error:
        raise where.fault(f"{where.label} {error}") from None
    return value


PATH: Final = Custom(
    _parse_path,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": paths.LONGEST,
        "pattern": r"^(?!(?:[^\u0000]*/)?\.\.(?:/|$))[^\u0000]+$",
        "description": "`~/x` and `/~/x` start at the site's home, `/x` at its root, `x` at its default "
        "path. At most 4096 bytes of UTF-8, no segment `..`.",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The part of a list that is asked for."""

    limit: int
    marker: int | None


def page(query: Mapping[str, str]) -> Page:
    """As a query says.

    :raises InvalidInput: naming the parameter that is wrong.
    """
    limit = _number(query, "limit", 1, MOST)
    return Page(limit=MOST if limit is None else limit, marker=_number(query, "marker", 0, LARGEST_ID))


def choice(query: Mapping[str, str], name: str, kind: type[E]) -> E | None:
    """A member of an enum that a query names.

    :raises InvalidInput: naming the parameter where it is none.
    """
    if name not in query:
        return None
    found = member_of(kind, query[name], {})
    if found is None:
        raise InvalidInput(f"{name} is none of {[one.value for one in kind]}, nor the number of one")
    return found


def path_id(text: str, what: str) -> int:
    """An id of a path.

    :raises NotFound: when it can be none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_ID):  # noqa: PLR2004
        raise NotFound(f"Not Found. {what} not found.")
    return int(text)


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    kinds: Any = schema.get("type")
    if isinstance(kinds, str) and "enum" not in schema:
        return schema | {"type": [kinds, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _number(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):  # noqa: PLR2004
        raise InvalidInput(f"{name} is no number from {least} to {most}")
    return int(text)
