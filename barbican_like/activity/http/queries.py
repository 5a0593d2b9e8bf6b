"""The query string of the feed: read strictly, with a 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.filters import Filter, Wanted
from barbican_like.common.errors import SchemaMismatch, UnusableParameter
from barbican_like.common.notices import CREATED, DELETED, UPDATED
from barbican_like.http.openapi.values import parameter
from barbican_like.http.schema import Listing, Member, Object, OneOf, Schema, Text, Value

NORMAL: Final = "normal"
LONGPOLL: Final = "longpoll"
EVENTSOURCE: Final = "eventsource"
NOW: Final = "now"
_FORMS: Final = (NORMAL, LONGPOLL, EVENTSOURCE)
_FLAGS: Final = {"true": True, "false": False}
_MOST_DIGITS: Final = 18
_LIMITS: Final = (1, 1_000)
_USUAL_LIMIT: Final = 100
_TIMEOUTS: Final = (0, 60)
_HEARTBEATS: Final = (1, 60)
_USUAL_TIMEOUT: Final = 30
_USUAL_HEARTBEAT: Final = 15


_ANY_TEXT: Final = Text(shortest=1)


def _any_of(name: str, of: Value[str], about: str) -> Member:
    return Member(name, Listing(of, about=about))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader of the feed asks for."""

    form: str  # normal, longpoll or eventsource
    since: int | None  # None: from the oldest row that is kept
    from_now: bool  # since=now
    limit: int
    wanted: Filter
    names: tuple[str, ...]  # of the kinds of objects of which it may want some
    include_initial: bool
    timeout: int  # of longpoll, in seconds
    heartbeat: int  # of eventsource, in seconds


class Queries:
    """Reads queries about what a catalogue has.

    :param catalogue: of the kinds of objects that the feed tells of.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.names = tuple(catalogue.types)
        self._names_of: dict[str, str] = {word: name for name, word in catalogue.types.items()}
        self.filter = self._schema()
        self.parameters = _parameters(self.filter.json_schema())

    def parse(self, params: Mapping[str, str]) -> Wish:
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
        wanted = self.parse_filter(params[_FILTER]) if _FILTER in params else Filter()
        return Wish(
            form=form,
            since=None if since is None or since == NOW else _place(since),
            from_now=since == NOW,
            limit=number(params, "limit", _LIMITS, _USUAL_LIMIT),
            wanted=wanted,
            names=wanted.names(self.names),
            include_initial=include_initial,
            timeout=number(params, "timeout", _TIMEOUTS, _USUAL_TIMEOUT),
            heartbeat=number(params, "heartbeat", _HEARTBEATS, _USUAL_HEARTBEAT),
        )

    def parse_filter(self, text: str) -> Filter:
        """A filter as JSON.

        :raises UnusableParameter: saying what is wrong with it.
        """
        try:
            return self.filter_of(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise UnusableParameter("filter", f"it is no JSON: {error.msg}") from None
        except SchemaMismatch as error:
            raise UnusableParameter("filter", error.message) from None

    def filter_of(self, value: object) -> Filter:
        """A filter that has been JSON.

        :raises SchemaMismatch: saying what is wrong with it.
        """
        return self.filter.parse(value)

    def _schema(self) -> Object[Filter]:
        return Object(
            title="Filter",
            name="ChangesFilter",
            about="A change is wanted where for each member that is there one of the values fits.",
            members=(
                _any_of("name", OneOf(self.names), "Kinds of objects, as the feed calls them."),
                _any_of("object", OneOf(tuple(self._names_of)), "The same as types of objects."),
                _any_of("id", _ANY_TEXT, "Ids of objects."),
                _any_of("op", OneOf((CREATED, UPDATED, DELETED)), "What was done."),
                _any_of("status", _ANY_TEXT, "The object's status after the change."),
                _any_of("actor", _ANY_TEXT, "Users who did it."),
                _any_of("consumer", _ANY_TEXT, "Services, one of which is registered on the object."),
            ),
            make=self._made,
            closed=True,
        )

    def _made(self, **wanted: tuple[str, ...]) -> Filter:
        sets: dict[str, Wanted] = {name: frozenset(values) for name, values in wanted.items()}
        if "object" in wanted:
            sets["object"] = frozenset(self._names_of[word] for word in wanted["object"])
        return Filter(**sets)


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise UnusableParameter("since", f"it is '{NOW}' or a number of at most {_MOST_DIGITS} digits")
    return int(text)


def number(params: Mapping[str, str], name: str, bounds: tuple[int, int], usual: int) -> int:
    """A parameter that is a whole number.

    :param usual: where it is not there.
    :raises UnusableParameter: where it is none, or out of bounds.
    """
    text = params.get(name)
    if text is None:
        return usual
    least, most = bounds
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and least <= int(text) <= most:
        return int(text)
    raise UnusableParameter(name, f"it is a whole number from {least} to {most}")


def whole(bounds: tuple[int, int], usual: int) -> Schema:
    """The schema of such a parameter."""
    return {"type": "integer", "minimum": bounds[0], "maximum": bounds[1], "default": usual}


_FILTER: Final = "filter"
_OTHERS: Final[tuple[Schema, ...]] = (
    parameter(
        "since",
        "The place behind which to begin: `last_seq` of the answer before, or `now`. "
        "Without it: at the oldest change that is kept.",
        {"type": "string", "pattern": rf"^(?:{NOW}|\d{{1,{_MOST_DIGITS}}})$"},
        example="0",
    ),
    parameter("limit", "Changes at most.", whole(_LIMITS, _USUAL_LIMIT)),
    parameter(
        "feed",
        "`longpoll` is answered at once here, as `normal` is; `eventsource` by the address of the gateway.",
        {"type": "string", "enum": list(_FORMS), "default": NORMAL},
        example=NORMAL,
    ),
    parameter(
        "timeout",
        "Of `longpoll`: seconds to wait for a change.",
        whole(_TIMEOUTS, _USUAL_TIMEOUT),
    ),
    parameter(
        "heartbeat",
        "Of `eventsource`: seconds between two signs of life.",
        whole(_HEARTBEATS, _USUAL_HEARTBEAT),
    ),
    parameter(
        "include_initial",
        "Also the objects that are there, as they are after the change `last_seq`. Not with `since`.",
        {"type": "string", "enum": list(_FLAGS)},
        example="false",
    ),
)

_KNOWN: Final = frozenset({_FILTER, *(shown["name"] for shown in _OTHERS)})


def _parameters(filter_schema: Schema) -> tuple[Schema, ...]:
    """How OpenAPI shows them all."""
    example = {"name": ["secrets"], "op": ["created"]}
    shown = {
        "name": _FILTER,
        "in": "query",
        "description": "Only the changes that are wanted.",
        "content": {"application/json": {"schema": filter_schema, "example": example}},
    }
    return (*_OTHERS, shown)
