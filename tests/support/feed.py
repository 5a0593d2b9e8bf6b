"""A reader of the feed of changes, for tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import webtest

from tests.support.caller import Caller

CHANGES = "/api/v1/activity/changes"


def ask(caller: Caller, **wanted: object) -> webtest.TestResponse:
    """One request; a filter is given as a dict."""
    params = {
        name: orjson.dumps(value).decode() if isinstance(value, dict) else str(value)
        for name, value in wanted.items()
    }
    return caller.get(f"{CHANGES}?{urlencode(params)}")


def envelopes(caller: Caller, **wanted: object) -> list[dict[str, Any]]:
    """All that the caller may see, page after page."""
    found: list[dict[str, Any]] = []
    place: object = wanted.pop("since", 0)
    while True:
        answer = ask(caller, since=place, **wanted)
        assert answer.status_int == 200, answer.json
        found += answer.json["result"]
        if answer.json["last_seq"] == place:
            return found
        place = answer.json["last_seq"]


def changes(caller: Caller, **wanted: object) -> list[dict[str, Any]]:
    """The data of all that the caller may see."""
    return [envelope["data"] for envelope in envelopes(caller, **wanted)]


def told(caller: Caller, **wanted: object) -> list[tuple[str, str, str | None]]:
    """What happened, as (name, op, what)."""
    return [(data["name"], data["op"], data["what"]) for data in changes(caller, **wanted)]


def now(caller: Caller) -> int:
    """The present end of the feed."""
    place: int = ask(caller, since="now").json["last_seq"]
    return place
