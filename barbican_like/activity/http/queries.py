"""The query string of the feed: read strictly, with a 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from barbican_like.activity.feed.filters import Filter, Wanted
from barbican_like.activity.models import OBJECT_TYPES
from barbican_like.common.errors import SchemaMismatch, UnusableParameter
from barbican_like.common.notices import CREATED, DELETED, UPDATED
from barbican_like.http.openapi.values import parameter
from barbican_like.http.schema import Listing, Member, Object, OneOf, Schema, Text, Value

NORMAL: Final = "normal"
LONGPOLL: Final = "longpoll"
EVENTSOURCE: Final = "eventsource"
NOW: Final = "now"
NAMES: Final = tuple(OBJECT_TYPES)
_FORMS: Final = (NORMAL, LONGPOLL, EVENTSOURCE)
_FLAGS: Final = {"true": True, "false": False}
_MOST_DIGITS: Final = 18
_LIMITS: Final = (1, 1_000)
_USUAL_LIMIT: Final = 100
_TIMEOUTS: Final = (0, 60)
_HEARTBEATS: Final = (1, 60)
_USUAL_TIMEOUT: Final = 30
_USUAL_HEARTBEAT: Final = 15


def _filter(**wanted: tuple[str, ...]) -> Filter:
    sets: dict[str, Wanted] = {name: frozenset(values) for name, values in wanted.items()}
    return Filter(**sets)


def _any_of(name: str, of: Value[str], about: str) -> Member:
    return Member(name, Listing(of, about=about))


_ANY_TEXT: Final = Text(shortest=1)
FILTER: Final = Object(
    title="Filter",
    name="ChangesFilter",
    about="A change is wanted where for each member that is there one of the values fits.",
    members=(
        _any_of("name", OneOf(tuple(OBJECT_TYPES)), "Kinds of objects, as the feed calls them."),
        _any_of("object", OneOf(tuple(OBJECT_TYPES.values())), "The same as types of objects."),
        _any_of("id", _ANY_TEXT, "Ids of objects."),
        _any_of("op", OneOf((CREATED, UPDATED, DELETED)), "What was done."),
        _any_of("status", _ANY_TEXT, "The object's status after the change."),
        _any_of("actor", _ANY_TEXT, "Users who did it."),
        _any_of("consumer", _ANY_TEXT, "Services, one of which is registered on the object."),
    ),
    make=_filter,
    closed=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader of the feed asks for."""

    form: str  # normal, longpoll or eventsource
    since: int | None  # None: from the oldest row that is kept
    from_now: bool  # since=now
    limit: int
    wanted: Filter
    include_initial: bool
    timeout: int  # of longpoll, in seconds
    heartbeat: int  # of eventsource, in seconds


def parse(params: Mapping[str, str]) -> Wish:
    """The query as a wish.

    :raises UnusableParameter: for one that is unknown or unusable.
    """
    unknown = sorted(params.keys() - _KNOWN)
    if unknown:
        raise UnusableParameter(unknown[0][:255], f"only {', '.join(sorted(_KNOWN))} are known")
    include_initial = _FLAGS.get(params.get("include_initial", "false"))
    if include_initial is None:
        raise UnusableParameter("include_initial", "it is true or false")
    since = params.get("since")
    if include_initial and since is not None:
        raise UnusableParameter("since", "it does not go with include_initial")
    form = params.get("feed", NORMAL)
    if form not in _FORMS:
        raise UnusableParameter("feed", f"it is one of {', '.join(_FORMS)}")
    return Wish(
        form=form,
        since=None if since is None or since == NOW else _place(since),
        from_now=since == NOW,
        limit=_number(params, "limit", _LIMITS, _USUAL_LIMIT),
        wanted=parse_filter(params["filter"]) if "filter" in params else Filter(),
        include_initial=include_initial,
        timeout=_number(params, "timeout", _TIMEOUTS, _USUAL_TIMEOUT),
        heartbeat=_number(params, "heartbeat", _HEARTBEATS, _USUAL_HEARTBEAT),
    )


def parse_filter(text: str) -> Filter:
    """A filter as JSON.

    :raises UnusableParameter: saying what is wrong with it.
    """
    try:
        return FILTER.parse(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise UnusableParameter("filter", f"it is no JSON: {error.msg}") from None
    except SchemaMismatch as error:
        raise UnusableParameter("filter", error.message) from None


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise UnusableParameter("since", f"it is '{NOW}' or a number of at most {_MOST_DIGITS} digits")
    return int(text)


def _number(params: Mapping[str, str], name: str, bounds: tuple[int, int], usual: int) -> int:
    text = params.get(name)
    if text is None:
        return usual
    least, most = bounds
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and least <= int(text) <= most:
        return int(text)
    raise UnusableParameter(name, f"it is a whole number from {least} to {most}")


def _whole(bounds: tuple[int, int], usual: int) -> Schema:
    return {"type": "integer", "minimum": bounds[0], "maximum": bounds[1], "default": usual}


PARAMETERS: Final[tuple[Schema, ...]] = (
    parameter(
        "since",
        "The place behind which to begin: `last_seq` of the answer before, or `now`. "
        "Without it: at the oldest change that is kept.",
        {"type": "string", "pattern": rf"^(?:{NOW}|\d{{1,{_MOST_DIGITS}}})$"},
        example="0",
    ),
    parameter("limit", "Changes at most.", _whole(_LIMITS, _USUAL_LIMIT)),
    parameter(
        "feed",
        "`longpoll` is answered at once here, as `normal` is; `eventsource` by the address of the gateway.",
        {"type": "string", "enum": list(_FORMS), "default": NORMAL},
        example=NORMAL,
    ),
    parameter(
        "timeout",
        "Of `longpoll`: seconds to wait for a change.",
        _whole(_TIMEOUTS, _USUAL_TIMEOUT),
    ),
    parameter(
        "heartbeat",
        "Of `eventsource`: seconds between two signs of life.",
        _whole(_HEARTBEATS, _USUAL_HEARTBEAT),
    ),
    {
        "name": "filter",
        "in": "query",
        "description": "Only the changes that are wanted.",
        "content": {
            "application/json": {
                "schema": FILTER.json_schema(),
                "example": {"name": ["secrets"], "op": ["created"]},
            }
        },
    },
    parameter(
        "include_initial",
        "Also the objects that are there, as they are after the change `last_seq`. Not with `since`.",
        {"type": "string", "enum": list(_FLAGS)},
        example="false",
    ),
)

_KNOWN: Final = frozenset(shown["name"] for shown in PARAMETERS)
