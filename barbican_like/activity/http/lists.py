"""Lists of the room: which part of one is asked for, and what of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import orjson

from barbican_like.activity.http.queries import number, whole
from barbican_like.common.errors import SchemaMismatch, UnusableParameter
from barbican_like.http.openapi.values import closed, parameter
from barbican_like.http.schema import Object, Schema

T = TypeVar("T")

_LIMITS: Final = (1, 100)
_USUAL: Final = 10
_MOST_DIGITS: Final = 18
_KNOWN: Final = ("filter", "limit", "marker")

LIMIT: Final = parameter(
    "limit",
    "How many at most.",
    whole(_LIMITS, _USUAL),
)
NUMBER_MARKER: Final = parameter(
    "marker",
    "`next` of the page before.",
    {"type": "string", "pattern": rf"^\d{{1,{_MOST_DIGITS}}}$"},
    example="999999999999999999",
)


def filter_parameter(wanted: Object[Any], example: Mapping[str, Any]) -> Schema:
    """A filter in the document: JSON in the query."""
    return {
        "name": "filter",
        "in": "query",
        "description": wanted.about,
        "content": {"application/json": {"schema": wanted.json_schema(), "example": dict(example)}},
    }


def require_known(params: Mapping[str, str], known: tuple[str, ...] = _KNOWN) -> None:
    """Do nothing where a list knows all parameters.

    :raises UnusableParameter: naming the first that it does not know.
    """
    unknown = sorted(params.keys() - set(known))
    if unknown:
        raise UnusableParameter(unknown[0][:255], f"only {', '.join(known)} are known")


def limit_of(params: Mapping[str, str]) -> int:
    """How many are asked for.

    :raises UnusableParameter: when it is no number, or out of bounds.
    """
    return number(params, "limit", _LIMITS, _USUAL)


def number_marker(params: Mapping[str, str]) -> int | None:
    """The number behind which a page begins; None: at the first.

    :raises UnusableParameter: when it is none.
    """
    if "marker" not in params:
        return None
    return number(params, "marker", (0, 10**_MOST_DIGITS - 1), 0)


def filter_of(params: Mapping[str, str], wanted: Object[T], otherwise: Callable[[], T]) -> T:
    """What is asked for.

    :raises UnusableParameter: saying what is wrong with it.
    """
    if "filter" not in params:
        return otherwise()
    try:
        return wanted.parse(orjson.loads(params["filter"]))
    except orjson.JSONDecodeError as error:
        raise UnusableParameter("filter", f"it is no JSON: {error.msg}") from None
    except SchemaMismatch as error:
        raise UnusableParameter("filter", error.message) from None


def page_schema(item: Schema) -> Schema:
    """A page of a list."""
    marker: Schema = {"type": ["string", "null"], "description": "The next page's `marker`; null: the last."}
    return closed({"result": {"type": "array", "items": item}, "next": marker})
