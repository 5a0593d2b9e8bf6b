"""The query string of lists of things: read strictly, with a 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from barbican_like.activity.http import lists
from barbican_like.activity.http.queries import number
from barbican_like.activity.registry.port import Wanted
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.registry.urns import LONGEST
from barbican_like.activity.registry.values import LAST_SECOND
from barbican_like.common.errors import UnusableParameter
from barbican_like.http.openapi.values import parameter
from barbican_like.http.schema import NO_NUL, Listing, Member, Object, Schema, Text

_PLAIN: Final = ("limit", "marker", "filter")
_TIMES: Final = ("timestamp_start", "timestamp_end")
_WORDS: Final = Listing(Text(shortest=1))


def _wanted(**words: tuple[str, ...]) -> Wanted:
    return Wanted(**{name: frozenset(values) for name, values in words.items()})  # type: ignore[arg-type]


_FILTER: Final = Object(
    title="Filter",
    name="ThingsFilter",
    about="A thing is wanted where for each member that is there one of the values fits.",
    members=tuple(Member(name, _WORDS) for name in ("authority", "project", "status", "shortname")),
    make=_wanted,
    closed=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is asked for of a list."""

    limit: int
    after: str  # the id behind which it begins; empty: at the first
    wanted: Wanted


def page(params: Mapping[str, str], thing_type: ThingType) -> Page:
    """The query as a page of things of a type.

    :raises UnusableParameter: for one that is unknown or unusable.
    """
    lists.require_known(params, (*_PLAIN, *_TIMES) if thing_type is ThingType.LEASE else _PLAIN)
    marker = params.get("marker", "")
    if len(marker) > LONGEST:
        raise UnusableParameter("marker", "it is no answer's next")
    wanted = lists.filter_of(params, _FILTER, Wanted)
    start, end = (number(params, name, (0, LAST_SECOND), -1) for name in _TIMES)
    return Page(
        limit=lists.limit_of(params),
        after=marker,
        wanted=replace(wanted, start=None if start < 0 else start, end=None if end < 0 else end),
    )


def parameters(thing_type: ThingType) -> tuple[Schema, ...]:
    """The parameters as the OpenAPI document has them."""
    times = (
        parameter("timestamp_start", "Only leases that begin no earlier, in unix seconds.", _SECONDS),
        parameter("timestamp_end", "Only leases that end no later, in unix seconds.", _SECONDS),
    )
    return (*_SHOWN, *times) if thing_type is ThingType.LEASE else _SHOWN


_SECONDS: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": LAST_SECOND}
_SHOWN: Final[tuple[Schema, ...]] = (
    lists.LIMIT,
    parameter(
        "marker",
        "`next` of the answer before.",
        {"type": "string", "maxLength": LONGEST, "pattern": NO_NUL},
    ),
    {
        "name": "filter",
        "in": "query",
        "description": "JSON. Unknown members are a 400.",
        "content": {"application/json": {"schema": _FILTER.json_schema()}},
    },
)
