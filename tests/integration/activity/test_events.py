"""Events over HTTP: what is accepted, where it goes, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from barbican_like.activity.http.event_bodies import DOCUMENT_EXAMPLE
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.events import API, World, accepted, admin_of, ask, at_rest, done, event, made, world
from tests.support.feed import changes
from tests.support.ids import NOBODYS
from tests.support.threads import at_once

KEY = "ssh-ed25519 AAAA"


@pytest.fixture(scope="module")
def here(any_instance: Instance) -> World:
    """People on each of the databases in turn."""
    return world(any_instance)


@pytest.fixture(scope="module")
def there(instance: Instance) -> World:
    """The same on SQLite."""
    return world(instance)


def thing(caller: Caller, event_id: str) -> dict[str, Any]:
    """The snapshot of what an event has changed, by the row of the feed that names it."""
    rows = changes(caller, filter={"name": ["users", "slices", "projects", "authorities", "leases"]})
    return dict(next(row["snapshot"] for row in reversed(rows) if row["event_id"] == event_id))


def test_the_document_s_example_works_as_it_is_written(instance: Instance) -> None:
    admin, wanted = admin_of(instance), DOCUMENT_EXAMPLE["event"]
    place = None
    for shortname in ("onelab", "upmc", "apitest"):
        below = {} if place is None else {"authority": place}
        place = made(admin, "AUTHORITY", name=shortname, shortname=shortname, **below)
    made(admin, "USER", authority=place, first_name="Zhou", last_name="Quan", email="zhouquantest@x.example")
    zhou = instance.caller(X_User_Id=wanted["user"], X_Roles="member")
    answer = zhou.post(f"{API}/activity", DOCUMENT_EXAMPLE)
    event_id = accepted(answer)
    assert answer.json == {"result": "success", "events": [event_id], "error": None, "debug": None}
    assert answer.headers["Location"].endswith(f"/api/v1/activity/{event_id}")
    found = at_rest(zhou, event_id)
    assert (found["status"], found["user"]) == ("SUCCESS", wanted["user"])
    assert found["data"] == {"type": "KEY", "values": ["xxxxxxx"]}


def test_a_pi_s_change_is_carried_out_without_anybody_else(here: World) -> None:
    paul = here.caller("paul")
    found = done(paul, ask(paul, "UPDATE", "USER", here.urn("ulla"), {"bio": "x"}))
    assert (found["user"], found["previous_status"], found["manager"]) == (
        here.urn("paul"),
        "RUNNING",
        None,
    )
    assert found["notify"] is False
    assert found["created"].endswith("Z")
    assert [one["type"] for one in found["log"]] == ["info", "info"]


def test_what_its_user_may_not_do_waits_for_somebody_who_may(here: World) -> None:
    ulla = here.caller("ulla")
    for answer in (
        ask(ulla, "UPDATE", "USER", here.urn("carl"), {"bio": "x"}),
        ask(ulla, "CREATE", "AUTHORITY", None, {"name": "x", "shortname": "x", "authority": here.up}),
        ask(ulla, "ADD", "AUTHORITY", here.up, {"type": "PI", "value": here.urn("ulla")}),
        ask(ulla, "DELETE", "AUTHORITY", here.upmc),
        ask(ulla, "UPDATE", "USER", here.urn("ulla"), {"authority": here.upmc}),  # both ends are needed
    ):
        assert at_rest(ulla, accepted(answer))["status"] == "PENDING"


def test_nobody_becomes_a_pi_by_what_he_says_in_the_data(there: World) -> None:
    """The data name an authority of his own making and himself as its PI: stored rows alone count."""
    carl = there.caller("carl")
    data = {
        "name": "x", "shortname": "mine", "authority": there.upmc, "pi_users": [there.urn("carl")],
    }  # fmt: skip
    assert at_rest(carl, accepted(ask(carl, "CREATE", "AUTHORITY", None, data)))["status"] == "PENDING"
    below = f"urn:publicid:IDN+{there.upmc.split('+')[1]}:mine+authority+sa"
    user = {"authority": below, "first_name": "a", "last_name": "b", "email": "a@b.example"}
    found = at_rest(carl, accepted(ask(carl, "CREATE", "USER", None, user)))
    assert found["status"] == "ERROR"
    assert below in found["log"][-1]["message"]


def test_a_req_is_a_request_even_of_one_who_might_do_it(here: World) -> None:
    petra = here.caller("petra")
    data = {"name": "x", "shortname": "asked", "authority": here.upmc}
    found = at_rest(petra, accepted(ask(petra, "req", "AUTHORITY", None, data)))
    assert (found["action"], found["status"]) == ("CREATE", "PENDING")
    assert found["object"]["id"].endswith(":asked+authority+sa")


def test_the_document_s_other_words_are_taken_in_any_case(there: World) -> None:
    ulla = there.caller("ulla")
    urn = there.urn("ulla")
    assert done(ulla, ask(ulla, "MOD", "USER", urn, {"bio": "x"}))["action"] == "UPDATE"
    assert done(ulla, ask(ulla, "add", "USER", urn, {"type": "KEY", "value": KEY}))["action"] == "ADD"
    removed = done(ulla, ask(ulla, "Del", "user", urn, {"type": "key", "values": [KEY]}))
    assert (removed["action"], removed["data"]) == ("REMOVE", {"type": "KEY", "values": [KEY]})
    assert at_rest(ulla, accepted(ask(ulla, "del", "USER", there.urn("carl"))))["action"] == "DELETE"


def test_adding_what_is_there_and_removing_what_is_not_are_successes(here: World) -> None:
    ulla = here.caller("ulla")
    urn, key = here.urn("ulla"), {"type": "KEY", "values": [KEY, "other"]}
    for action in ("ADD", "ADD", "REMOVE", "REMOVE"):
        found = done(ulla, ask(ulla, action, "USER", urn, key))
    assert found["log"][-1]["message"] == "users: nothing had to be changed"


def test_another_s_name_in_the_body_is_refused(there: World) -> None:
    ulla = there.caller("ulla")
    for user, status in ((there.urn("paul"), 403), ("root", 403), (there.urn("ulla"), 202), (None, 202)):
        answer = ask(ulla, "UPDATE", "USER", there.urn("ulla"), {"bio": "x"}, user=user)
        assert answer.status_int == status, answer.json


def test_who_is_no_user_of_the_registry_asks_for_nothing_but_as_an_admin(there: World) -> None:
    stranger = there.instance.caller(X_User_Id="stranger", X_Roles="member")
    assert ask(stranger, "UPDATE", "USER", there.urn("ulla"), {"bio": "x"}).status_int == 403
    assert stranger.get(f"{API}/activity").json == {"result": [], "next": None}
    found = done(there.admin, ask(there.admin, "UPDATE", "USER", there.urn("ulla"), {"bio": "y"}))
    assert found["user"] == "root"


def test_a_login_is_an_admin_s_to_set_and_says_who_calls(there: World) -> None:
    ulla, login = there.caller("ulla"), f"ulla-{there.root[-20:]}"
    answer = ask(ulla, "UPDATE", "USER", there.urn("ulla"), {"login": login})
    assert answer.status_int == 403
    done(there.admin, ask(there.admin, "UPDATE", "USER", there.urn("ulla"), {"login": login}))
    known = there.instance.caller(X_User_Id=login, X_Roles="member")
    found = done(known, ask(known, "UPDATE", "USER", there.urn("ulla"), {"bio": "z"}))
    assert found["user"] == there.urn("ulla")


def test_what_is_not_there_is_not_found_and_of_another_type_neither(there: World) -> None:
    ulla, gone = there.caller("ulla"), there.urn("ulla") + "x"
    assert ask(ulla, "DELETE", "USER", gone).status_int == 404
    assert ask(ulla, "DELETE", "PROJECT", there.up).status_int == 404
    assert ask(ulla, "DELETE", "LEASE", NOBODYS).status_int == 404


def test_a_name_that_is_taken_or_about_to_be_is_a_conflict(here: World) -> None:
    rita, data = here.caller("rita"), {"name": "x", "shortname": "once", "authority": here.root}
    first = accepted(ask(rita, "REQ", "AUTHORITY", None, data))
    assert ask(rita, "CREATE", "AUTHORITY", None, data).status_int == 409
    # Authorities and projects share their names.
    project = {"name": "x", "description": "x", "shortname": "once", "authority": here.root}
    assert ask(rita, "CREATE", "PROJECT", None, project).status_int == 409
    at_rest(rita, first)
    assert here.admin.call("PUT", f"{API}/requests/{first}", json={"action": "deny"}).status_int == 200
    done(rita, ask(rita, "CREATE", "AUTHORITY", None, data))
    assert ask(rita, "CREATE", "AUTHORITY", None, data).status_int == 409
    assert ask(rita, "CREATE", "PROJECT", None, project).status_int == 409


def test_of_many_who_want_one_name_at_once_one_gets_it(here: World) -> None:
    data = {"name": "x", "shortname": "race", "authority": here.root}
    callers = [here.caller("rita") for _ in range(8)]
    answers = at_once(8, lambda number: ask(callers[number], "CREATE", "AUTHORITY", None, data))
    assert sorted(answer.status_int for answer in answers) == [202, *[409] * 7]


def test_what_cannot_heal_is_an_error_at_once_whose_log_names_it(here: World) -> None:
    paul, unknown = here.caller("paul"), here.urn("paul") + "x"
    for action, kind, target, data in (
        ("ADD", "AUTHORITY", here.up, {"type": "PI", "values": [unknown]}),
        ("UPDATE", "USER", here.urn("ulla"), {"authority": here.up[:-13] + "no+authority+sa"}),
    ):
        found = at_rest(paul, accepted(ask(paul, action, kind, target, data)))
        assert found["status"] == "ERROR", found
        assert found["log"][-1]["type"] == "error"
        value = (data.get("values") or [data.get("authority")])[0]  # type: ignore[index]
        assert value in found["log"][-1]["message"]


def test_an_object_that_has_gone_meanwhile_is_an_error(here: World) -> None:
    """Both were accepted while it was there."""
    admin, name = here.admin, here.urn("carl")
    other = made(admin, "USER", authority=here.upmc, first_name="a", last_name="b", email="gone@upmc.example")
    first = accepted(ask(admin, "DELETE", "USER", other))
    second = ask(admin, "UPDATE", "USER", other, {"bio": "x"})
    assert at_rest(admin, first)["status"] == "SUCCESS"
    if second.status_int == 202:  # else it was gone by then
        found = at_rest(admin, accepted(second))
        assert found["status"] == "ERROR"
        assert other in found["log"][-1]["message"]
    assert name != other


def test_events_of_one_object_run_in_the_order_in_which_they_were_accepted(here: World) -> None:
    admin, urn = here.admin, here.urn("carl")
    callers = [here.admin for _ in range(4)]
    ids = at_once(
        4,
        lambda number: [
            accepted(ask(callers[number], "UPDATE", "USER", urn, {"bio": f"{number}.{turn}"}))
            for turn in range(5)
        ],
    )
    for event_id in sorted(one for several in ids for one in several):
        assert at_rest(admin, event_id)["status"] == "SUCCESS"
    wanted = {one for several in ids for one in several}
    rows = [row for row in changes(admin, filter={"name": ["activity"]}) if row["event_id"] in wanted]
    accepted_in = [row["event_id"] for row in rows if row["op"] == "created"]
    began_in = [row["event_id"] for row in rows if row["new_status"] == "RUNNING"]
    assert began_in == accepted_in
    running = 0
    for row in rows:  # never two at once
        running += (row["new_status"] == "RUNNING") - (row["old_status"] == "RUNNING")
        assert running in {0, 1}


def test_an_accepted_request_that_comes_again_with_its_key_is_done_once(here: World) -> None:
    ulla, urn = here.caller("ulla"), here.urn("ulla")
    body = {"event": {"action": "UPDATE", "object": {"type": "USER", "id": urn}, "data": {"bio": "k"}}}
    other = {"event": {**body["event"], "data": {"bio": "other"}}}

    def post(caller: Caller, sent: Any, key: str = "k-1") -> Any:
        return caller.post(f"{API}/activity", sent, headers={"Idempotency-Key": key})

    first, again = post(ulla, body), post(ulla, body)
    assert (first.status_int, again.status_int) == (202, 202)
    assert first.json == again.json
    assert post(ulla, other).status_int == 409
    assert post(ulla, body, "k-2").json != first.json
    mine = ulla.project_id
    paul = here.instance.caller(mine, X_User_Id=here.urn("paul"), X_Roles="member")
    assert post(paul, body).json != first.json  # keys are each caller's own
    assert post(ulla, body, "\x7f").status_int == 400


def test_of_many_requests_with_one_key_at_once_one_is_done_and_all_are_answered_so(here: World) -> None:
    urn, project = here.urn("ulla"), here.admin.project_id
    body = {"event": {"action": "UPDATE", "object": {"type": "USER", "id": urn}, "data": {"bio": "many"}}}
    callers = [here.instance.caller(project, X_User_Id=urn, X_Roles="member") for _ in range(6)]
    key = {"Idempotency-Key": "at-once"}
    answers = at_once(6, lambda number: callers[number].post(f"{API}/activity", body, headers=key))
    assert {answer.status_int for answer in answers} == {202}
    assert len({answer.json["events"][0] for answer in answers}) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_event_is_not_written_by_anybody(there: World, method: str) -> None:
    event_id = accepted(ask(there.admin, "UPDATE", "USER", there.urn("ulla"), {"bio": "x"}))
    answer = there.admin.call(method, f"{API}/activity/{event_id}", json={"status": "SUCCESS"})
    assert (answer.status_int, answer.headers["Allow"]) == (405, "GET")


def test_an_event_is_for_its_user_the_pis_over_its_object_and_admins(here: World) -> None:
    ulla = here.caller("ulla")
    event_id = accepted(ask(ulla, "UPDATE", "USER", here.urn("carl"), {"bio": "x"}))
    at_rest(ulla, event_id)
    for name, status in (("ulla", 200), ("petra", 200), ("rita", 200), ("paul", 404), ("carl", 404)):
        caller = here.caller(name)
        assert caller.get(f"{API}/activity/{event_id}").status_int == status, name
        listed = [one["id"] for one in caller.get(f"{API}/activity?limit=100").json["result"]]
        assert (event_id in listed) is (status == 200), name
        said = caller.post(f"{API}/activity/{event_id}/messages", {"message": "hm"})
        assert said.status_int == status, name
        decided = caller.call("PUT", f"{API}/requests/{event_id}", json={"action": "eat"})
        assert decided.status_int == (400 if status == 200 else 404), name
    assert here.admin.get(f"{API}/activity/{event_id}").status_int == 200
    assert here.instance.caller(X_Roles="member").get(f"{API}/activity/{event_id}").status_int == 404
    assert ulla.get(f"{API}/activity/{NOBODYS}").status_int == 404
    assert ulla.get(f"{API}/activity/x").status_int == 404


def test_a_comment_changes_no_status(there: World) -> None:
    ulla = there.caller("ulla")
    event_id = accepted(ask(ulla, "UPDATE", "USER", there.urn("carl"), {"bio": "x"}))
    before = at_rest(ulla, event_id)
    answer = there.caller("petra").post(f"{API}/activity/{event_id}/messages", {"message": " why? "})
    (after,) = answer.json["result"]
    (said,) = after["messages"]
    assert (said["from"], said["message"]) == (there.urn("petra"), "why?")
    assert (after["status"], after["version"]) == (before["status"], before["version"] + 1)
    last = changes(ulla, filter={"name": ["activity"], "id": [event_id]})[-1]
    assert (last["old_status"], last["new_status"], last["op"]) == ("PENDING", "PENDING", "updated")
    for bad, field in (({}, "message"), ({"message": ""}, "message"), ({"message": "x" * 1001}, "message")):
        refused = ulla.post(f"{API}/activity/{event_id}/messages", bad)
        assert (refused.status_int, refused.json["field"]) == (400, field)


def test_only_admins_have_tried_again_what_has_ended_badly(here: World) -> None:
    paul, urn = here.caller("paul"), here.up
    target = f"urn:publicid:IDN+{here.up.split('+')[1]}+user+later"
    event_id = accepted(ask(paul, "ADD", "AUTHORITY", urn, {"type": "PI", "values": [target]}))
    assert at_rest(paul, event_id)["status"] == "ERROR"
    assert paul.post(f"{API}/activity/{event_id}/retry").status_int == 403
    made(
        here.admin,
        "USER",
        authority=here.up,
        shortname="later",
        first_name="a",
        last_name="b",
        email="later@up.example",
    )
    answer = here.admin.post(f"{API}/activity/{event_id}/retry")
    assert (answer.status_int, answer.json["events"]) == (202, [event_id])
    assert at_rest(paul, event_id)["status"] == "SUCCESS"
    assert here.admin.post(f"{API}/activity/{event_id}/retry").status_int == 409
    # What has succeeded was done once: the right of the new PI is there, and not twice.
    done(here.admin, ask(here.admin, "REMOVE", "AUTHORITY", urn, {"type": "PI", "values": [target]}))


def test_lists_are_paged_and_filtered_and_refuse_what_they_do_not_know(there: World) -> None:
    carl = there.caller("carl")
    urn = there.urn("carl")
    ids = [accepted(ask(carl, "UPDATE", "USER", urn, {"bio": f"{number}"})) for number in range(3)]
    ids.append(accepted(ask(carl, "ADD", "USER", urn, {"type": "KEY", "value": KEY})))
    for event_id in ids:
        at_rest(carl, event_id)

    def listed(query: str) -> Any:
        answer = carl.get(f"{API}/activity?{query}")
        return [one["id"] for one in answer.json["result"]], answer.json["next"]

    first, marker = listed("limit=3")
    assert first == ids[:0:-1]
    assert listed(f"limit=3&marker={marker}")[0][0] == ids[0]
    assert listed('filter={"action":["ADD"],"status":[],"object":[]}&limit=1')[0] == [ids[-1]]
    assert listed('filter={"status":["NEW"]}') == ([], None)
    assert listed('filter={"object":["SLICE"]}') == ([], None)
    for query, field in (
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("marker=x", "marker"),
        ("offset=1", "offset"),
        ("filter=x", "filter"),
        ('filter={"actor":["x"]}', "filter"),
        ('filter={"status":["LOST"]}', "filter"),
    ):
        answer = carl.get(f"{API}/activity?{query}")
        assert (answer.status_int, answer.json["field"]) == (400, field), query


def test_the_feed_tells_each_move_of_an_event_and_no_address(there: World) -> None:
    paul = there.caller("paul")
    email = "secret.address@up.example"
    data = {"authority": there.up, "shortname": "s", "first_name": "a", "last_name": "b", "email": email}
    event_id = accepted(ask(paul, "CREATE", "USER", None, data))
    shown = at_rest(paul, event_id)
    assert shown["data"]["email"] == data["email"]
    rows = changes(paul, filter={"name": ["activity"], "id": [event_id]})
    assert [(row["op"], row["old_status"], row["new_status"]) for row in rows] == [
        ("created", None, "NEW"),
        ("updated", "NEW", "WAITING"),
        ("updated", "WAITING", "RUNNING"),
        ("updated", "RUNNING", "SUCCESS"),
    ]
    assert {row["event_id"] for row in rows} == {event_id}
    assert {row["object"]["type"] for row in rows} == {"EVENT"}
    assert "secret.address" not in str(rows)
    assert rows[-1]["snapshot"]["status"] == "SUCCESS"
    about = thing(paul, event_id)
    assert about["id"] == shown["object"]["id"]
    assert changes(there.caller("carl"), filter={"name": ["activity"], "id": [event_id]}) == []


def test_an_event_tells_what_it_was_told(there: World) -> None:
    """And nothing that others might take for something else."""
    ulla = there.caller("ulla")
    found = event(ulla, accepted(ask(ulla, "UPDATE", "USER", there.urn("ulla"), {"bio": "é"}, notify=True)))
    assert set(found) == {
        *("id", "action", "user", "object", "data", "notify", "status", "previous_status", "log"),
        *("messages", "manager", "created", "updated", "project_id", "version"),
    }
    assert (found["notify"], found["data"], found["project_id"]) == (True, {"bio": "é"}, ulla.project_id)
