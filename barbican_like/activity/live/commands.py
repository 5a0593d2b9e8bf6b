"""What clients say over a websocket: parsed strictly, with an answer that says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from barbican_like.activity.feed.filters import Filter
from barbican_like.activity.http.queries import Queries
from barbican_like.activity.live import watched
from barbican_like.common.errors import SchemaMismatch

DONE: Final = 1
REFUSED: Final = 0
NOT_UNDERSTOOD: Final = -1
_MOST: Final = 10**18


class Misunderstood(ValueError):
    """A message that is no command.

    :param command: its name, where that could be read.
    """

    def __init__(self, command: str | None, message: str) -> None:
        self.command = command
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """Say who calls, by a token."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Follow the objects of a name."""

    name: str
    since: int | None = None  # None: from now on
    include_initial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatch:
    """Follow them no longer."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Say how many there are."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """Let the filter be this one."""

    wanted: Filter


Command = Authenticate | Watch | Unwatch | Count | Narrow

_NAMES: Final = {
    Authenticate: "authenticate",
    Watch: "watch",
    Unwatch: "unwatch",
    Count: "count",
    Narrow: "filter",
}
_MEMBERS: Final = {
    "authenticate": {"token"},
    "watch": {"object", "since", "include_initial"},
    "unwatch": {"object"},
    "count": {"object"},
    "filter": {"object"},
}


def name_of(command: Command) -> str:
    """A command's word."""
    return _NAMES[type(command)]


def parse(text: str, queries: Queries) -> Command:
    """A message as a command.

    :raises Misunderstood: when it is none.
    """
    try:
        message: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Misunderstood(None, f"it is no JSON: {error.msg}") from None
    if not isinstance(message, dict):
        raise Misunderstood(None, "it is no object")
    word = message.pop("command", None)
    if not isinstance(word, str) or word not in _MEMBERS:
        known = ", ".join(_MEMBERS)
        raise Misunderstood(
            word if isinstance(word, str) else None, f"there is no such command, only {known}"
        )
    unknown = sorted(message.keys() - _MEMBERS[word])
    if unknown:
        raise Misunderstood(word, f"there is no member {unknown[0][:255]!r}")
    return _parsed(word, message, queries)


def _parsed(word: str, message: dict[str, Any], queries: Queries) -> Command:
    if word == "authenticate":
        token = message.get("token")
        if not isinstance(token, str):
            raise Misunderstood(word, "'token' must be a text")
        return Authenticate(token=token)
    if word == "filter":
        return Narrow(wanted=_filter(message.get("object"), queries))
    name = message.get("object")
    known = watched.names(queries.names)
    if not isinstance(name, str) or name not in known:
        raise Misunderstood(word, f"'object' must be one of {', '.join(known)}")
    if word == "unwatch":
        return Unwatch(name=name)
    return Count(name=name) if word == "count" else _watch(name, message)


def _watch(name: str, message: dict[str, Any]) -> Watch:
    since, include_initial = message.get("since"), message.get("include_initial", False)
    if not isinstance(include_initial, bool):
        raise Misunderstood("watch", "'include_initial' must be true or false")
    if since is None:
        return Watch(name=name, include_initial=include_initial)
    if not isinstance(since, int) or isinstance(since, bool) or not 0 <= since < _MOST:
        raise Misunderstood("watch", "'since' must be a number of at most 18 digits")
    if include_initial:
        raise Misunderstood("watch", "'since' does not go with 'include_initial'")
    return Watch(name=name, since=since)


def _filter(value: object, queries: Queries) -> Filter:
    if isinstance(value, dict):
        value = {key: wanted if isinstance(wanted, list) else [wanted] for key, wanted in value.items()}
    try:
        return queries.filter_of(value)
    except SchemaMismatch as error:
        raise Misunderstood("filter", error.message) from None
