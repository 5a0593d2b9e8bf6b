"""How many SQL statements each request about events needs: the readable table below is the bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from barbican_like.activity.http.routes import ACTIVITY
from barbican_like.http.controller import METHODS
from tests.support.application import Instance
from tests.support.events import API, World, accepted, ask, at_rest, world
from tests.support.statements import counted


@dataclass(frozen=True)
class Cost:
    """A request of a caller, and what it may cost at most; each that writes has one commit."""

    request: str  # method and pattern; what follows a comma tells requests apart
    who: str  # calls
    reads: int
    writes: int = 0
    json: object = None
    about: str = ""  # what {id} is: an event that waits by default

    @property
    def route(self) -> str:
        """Method and pattern."""
        return self.request.partition(",")[0]


_UPDATE = {"event": {"action": "UPDATE", "object": {"type": "USER", "id": "{ulla}"}, "data": {"bio": "x"}}}
_RESOURCE = {"authority": "{up}", "name": "n", "shortname": "{new}"}
_CREATE = {"event": {"action": "CREATE", "object": {"type": "RESOURCE"}, "data": _RESOURCE}}

# Of the reads one or two are the caller, one what he is a PI of; of the writes one is the object's lock, one
# the event, one its task, one its row of the feed.
COSTS = [
    Cost("GET /activity", "paul", 4),
    Cost("GET /activity, of an admin", "admin", 2),
    Cost("POST /activity", "ulla", 6, 4, json=_UPDATE),
    Cost("POST /activity, to make something", "paul", 10, 4, json=_CREATE),
    Cost("GET /activity/{id}", "carl", 4),
    Cost("POST /activity/{id}/messages", "carl", 7, 2, json={"message": "x"}),
    Cost("POST /activity/{id}/retry", "admin", 6, 3, about="failed"),
    Cost("GET /requests", "paul", 9),
    Cost("GET /requests/{id}", "paul", 7),
    Cost("PUT /requests/{id}", "paul", 8, 2, json={"action": "deny"}),
    Cost("PUT /requests/{id}, a yes", "paul", 10, 3, json={"action": "approve"}),
    Cost("POST /resources", "paul", 10, 4, json=_RESOURCE),
    Cost("PUT /users/{id}", "ulla", 6, 4, json={"bio": "y"}, about="ulla"),
    Cost("PUT /users/{id}, two events", "ulla", 9, 6, json={"bio": "z", "keys": ["a"]}, about="ulla"),
    Cost("DELETE /users/{id}", "paul", 8, 4, about="ulla"),
]


@pytest.fixture(scope="module")
def here(any_instance: Instance) -> World:
    """People on each of the databases in turn."""
    return world(any_instance)


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: cost.request)
def test_a_request_stays_within_its_bound(here: World, cost: Cost) -> None:
    method, _, pattern = cost.route.partition(" ")
    path = API + pattern.replace("{id}", _thing(here, cost.about) if "{id}" in pattern else "")
    caller = here.admin if cost.who == "admin" else here.caller(cost.who)
    wanted = {} if cost.json is None else {"json": _filled(here, cost)}
    with counted(here.instance.runtime.database) as found:
        answer = caller.call(method, path, **wanted)
    assert answer.status_int in {200, 202}, answer
    # On SQLite a writer who waits for another says so to the database, and the worker writes too.
    reads = [statement for statement in found.reads if not statement.startswith("PRAGMA")]
    assert len(reads) <= cost.reads, reads
    assert len(found.writes) <= cost.writes, found.writes
    assert found.commits == (1 if cost.writes else 0)
    assert bool(found.writes) is bool(cost.writes)  # a count that listens to nothing would find no writes


def _thing(here: World, about: str) -> str:
    if about == "ulla":
        return quote(here.urn("ulla"), safe="")
    if about == "failed":
        unknown = {"type": "PI", "value": here.urn("ulla") + "x"}
        event_id = accepted(ask(here.admin, "ADD", "AUTHORITY", here.up, unknown))
    else:
        event_id = accepted(ask(here.caller("carl"), "UPDATE", "USER", here.urn("ulla"), {"bio": "x"}))
    at_rest(here.admin, event_id)
    return event_id


def _filled(here: World, cost: Cost) -> Any:
    text = orjson.dumps(cost.json).decode()
    names = {"{ulla}": here.urn("ulla"), "{up}": here.up, "{new}": f"n{COSTS.index(cost)}"}
    for name, value in names.items():
        text = text.replace(name, value)
    return orjson.loads(text)


def test_every_route_of_events_has_a_bound() -> None:
    """A new route fails here until its cost is written into the table."""
    served = {
        f"{method} /{'/'.join(pattern)}"
        for pattern, controller in ACTIVITY.items()
        for method in METHODS
        if pattern[:1] in {("activity",), ("requests",)} and pattern[1:] != ("changes",)
        if hasattr(controller, f"on_{method.lower()}")
    }
    things = {"POST /resources", "PUT /users/{id}", "DELETE /users/{id}"}  # all types take the same way
    assert served == {cost.route for cost in COSTS} - things
