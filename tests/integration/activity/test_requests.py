"""Requests: who decides, that nobody decides his own, and that of two who decide at once one does."""

from __future__ import annotations

from typing import Any

import pytest
import webtest

from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.events import API, World, accepted, ask, at_rest, world
from tests.support.threads import at_once

APPROVE = {"action": "approve"}
DENY = {"action": "deny"}


@pytest.fixture(scope="module")
def here(any_instance: Instance) -> World:
    """People on each of the databases in turn."""
    return world(any_instance)


@pytest.fixture(scope="module")
def there(instance: Instance) -> World:
    """The same on SQLite."""
    return world(instance)


def requested(caller: Caller, urn: str, text: str = "x") -> str:
    """An event of his that waits for a decision."""
    event_id = accepted(ask(caller, "UPDATE", "USER", urn, {"bio": text}))
    assert at_rest(caller, event_id)["status"] == "PENDING"
    return event_id


def decide(caller: Caller, event_id: str, body: Any) -> webtest.TestResponse:
    """PUT a decision."""
    return caller.call("PUT", f"{API}/requests/{event_id}", json=body)


def until(caller: Caller, event_id: str, status: str) -> dict[str, Any]:
    """The event once it is at rest, which must be with this status."""
    found = at_rest(caller, event_id)
    assert found["status"] == status, found
    return found


def test_a_pi_over_the_object_approves_and_it_is_done(here: World) -> None:
    carl, paul = here.caller("carl"), here.caller("paul")
    event_id = requested(carl, here.urn("ulla"), "approved")
    answer = decide(paul, event_id, {"action": "approve", "message": "go on"})
    (found,) = answer.json["result"]
    assert (answer.status_int, found["status"], found["previous_status"]) == (200, "APPROVED", "PENDING")
    assert (found["manager"], found["notify"]) == (here.urn("paul"), True)
    assert [(one["from"], one["message"]) for one in found["messages"]] == [(here.urn("paul"), "go on")]
    assert until(carl, event_id, "SUCCESS")["manager"] == here.urn("paul")
    assert decide(paul, event_id, DENY).status_int == 409


def test_what_is_denied_stays_denied(here: World) -> None:
    carl, paul = here.caller("carl"), here.caller("paul")
    event_id = requested(carl, here.urn("ulla"))
    assert decide(paul, event_id, DENY).json["result"][0]["status"] == "DENIED"
    for body in (APPROVE, DENY):
        assert decide(paul, event_id, body).status_int == 409
    assert here.admin.post(f"{API}/activity/{event_id}/retry").status_int == 409
    assert at_rest(carl, event_id)["status"] == "DENIED"


def test_nobody_decides_his_own_request(here: World) -> None:
    """Not as a PI over its object, not as an admin, and not as both."""
    petra, root = here.caller("petra"), here.admin
    data = {"name": "x", "shortname": "own", "authority": here.upmc}
    event_id = accepted(ask(petra, "REQ", "AUTHORITY", None, data))
    at_rest(petra, event_id)
    assert decide(petra, event_id, APPROVE).status_int == 403
    both = here.instance.caller(X_User_Id=here.urn("petra"), X_Roles="admin,member")
    assert decide(both, event_id, APPROVE).status_int == 403
    data["shortname"] = "own2"
    roots = accepted(ask(root, "REQ", "AUTHORITY", None, data))
    at_rest(root, roots)
    assert decide(root, roots, APPROVE).status_int == 403
    for one in (event_id, roots):
        assert decide(here.caller("rita"), one, DENY).status_int == 200


def test_a_request_of_an_unknown_admin_is_decided_by_a_known_one(there: World) -> None:
    """Two who say nothing of themselves may be the same one."""
    unknown = there.instance.caller(X_Roles="admin")
    data = {"name": "x", "shortname": "unknown", "authority": there.upmc}
    event_id = accepted(ask(unknown, "REQ", "AUTHORITY", None, data))
    assert at_rest(unknown, event_id)["user"] is None
    assert decide(there.instance.caller(X_Roles="admin"), event_id, APPROVE).status_int == 403
    assert decide(there.admin, event_id, APPROVE).status_int == 200


def test_the_pi_of_an_authority_decides_nothing_in_one_whose_name_begins_so(here: World) -> None:
    """``root:up`` is no ancestor of ``root:upmc``."""
    ulla = here.caller("ulla")
    event_id = requested(ulla, here.urn("carl"))
    assert decide(here.caller("paul"), event_id, APPROVE).status_int == 404
    mine = requested(here.caller("paul"), here.urn("carl"))
    assert decide(here.caller("paul"), mine, APPROVE).status_int == 403
    assert decide(here.caller("petra"), event_id, APPROVE).status_int == 200


def test_a_move_to_another_authority_needs_both_ends(here: World) -> None:
    """The PI of the old one may not say yes for the new one."""
    ulla = here.caller("ulla")
    event_id = accepted(ask(ulla, "UPDATE", "USER", here.urn("ulla"), {"authority": here.upmc}))
    at_rest(ulla, event_id)
    assert decide(here.caller("paul"), event_id, APPROVE).status_int == 403
    assert decide(here.caller("rita"), event_id, DENY).status_int == 200


def test_each_who_sees_a_request_is_told_whether_he_may_decide_it(here: World) -> None:
    carl = here.caller("carl")
    ids = [requested(carl, here.urn(name)) for name in ("ulla", "paul", "rita")]
    ids.append(accepted(ask(carl, "UPDATE", "USER", here.urn("carl"), {"authority": here.up})))
    at_rest(carl, ids[-1])

    def shown(caller: Caller) -> list[bool | None]:
        found = {
            one["id"]: one["executable"] for one in caller.get(f"{API}/requests?limit=100").json["result"]
        }
        for event_id in ids:
            answer = caller.get(f"{API}/requests/{event_id}")
            one = answer.json["result"][0]["executable"] if answer.status_int == 200 else None
            assert one == found.get(event_id)
        return [found.get(event_id) for event_id in ids]

    assert shown(carl) == [False, False, False, False]
    assert shown(here.caller("paul")) == [True, True, None, None]
    assert shown(here.caller("petra")) == [None, None, None, False]
    assert shown(here.caller("rita")) == [True, True, True, True]
    assert shown(here.admin) == [True, True, True, True]
    assert shown(here.caller("ulla")) == [None, None, None, None]
    for event_id in ids:
        assert decide(here.admin, event_id, DENY).status_int == 200
        assert here.admin.get(f"{API}/requests/{event_id}").status_int == 404
    assert shown(carl) == [None] * 4


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "APPROVED"}, "action"),
        ({"action": "approve", "status": "SUCCESS"}, "status"),
        ({"action": "deny", "message": ""}, "message"),
        ({"action": "deny", "message": "x" * 1001}, "message"),
        ([], ""),
    ],
)
def test_a_decision_that_is_none_is_refused(there: World, body: object, field: str) -> None:
    event_id = requested(there.caller("carl"), there.urn("ulla"))
    answer = decide(there.admin, event_id, body)
    assert (answer.status_int, answer.json.get("field")) == (400, field)


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_of_two_decisions_at_once_one_counts_each_time(here: World, times: int) -> None:
    """One is answered 200 and one 409, and what the first said is what becomes of the event."""
    carl, deciders = here.caller("carl"), (here.caller("paul"), here.admin)
    events = [accepted(ask(carl, "UPDATE", "USER", here.urn("ulla"), {"bio": f"{n}"})) for n in range(times)]
    for event_id in events:
        at_rest(carl, event_id)
    ends = []
    for number, event_id in enumerate(events):
        bodies = (APPROVE, DENY) if number % 2 else (APPROVE, APPROVE)
        answers = at_once(2, lambda who: decide(deciders[who], event_id, bodies[who]))  # noqa: B023  called here
        assert sorted(answer.status_int for answer in answers) == [200, 409], [one.json for one in answers]
        first = 0 if answers[0].status_int == 200 else 1
        ends.append((event_id, "SUCCESS" if bodies[first] is APPROVE else "DENIED"))
    for event_id, end in ends:
        found = until(carl, event_id, end)
        assert len([one for one in found["log"] if "done" in one["message"]]) == (end == "SUCCESS")
