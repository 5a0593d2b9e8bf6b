"""Things made, changed and removed at their own paths: requests become events, and the registry follows."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import webtest

from barbican_like.activity.http.thing_writes import EDITS, EXAMPLES
from barbican_like.activity.registry.things import THINGS, ThingType
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.events import API, World, accepted, ask, at_rest, done, event, world

KEYS = ["ssh-ed25519 AAAA", "ssh-ed25519 BBBB"]


@pytest.fixture(scope="module")
def there(instance: Instance) -> World:
    """People on SQLite."""
    return world(instance)


def path(collection: str, thing_id: str) -> str:
    """A thing's path."""
    return f"{API}/{collection}/{quote(thing_id, safe='')}"


def put(caller: Caller, collection: str, thing_id: str, body: Any, **more: Any) -> webtest.TestResponse:
    """PUT a thing."""
    return caller.call("PUT", path(collection, thing_id), json=body, **more)


def got(caller: Caller, collection: str, thing_id: str) -> dict[str, Any]:
    """A thing as a caller sees it."""
    answer = caller.get(path(collection, thing_id))
    assert answer.status_int == 200, answer
    (found,) = answer.json["result"]
    return dict(found)


def posted(caller: Caller, collection: str, body: Any) -> str:
    """The id of a thing that was made."""
    return str(done(caller, caller.post(f"{API}/{collection}", body))["object"]["id"])


def test_a_whole_experiment_is_made_changed_and_removed(there: World) -> None:
    """A user, a project, a slice, a resource and a lease, by those who may."""
    petra, admin = there.caller("petra"), there.admin
    zoe = posted(
        petra,
        "users",
        {"authority": there.upmc, "first_name": "Zoe", "last_name": "K", "email": "zoe@upmc.example"},
    )
    project = posted(petra, "projects", {"name": "Trial", "description": "of radios"})
    assert project == f"urn:publicid:IDN+{there.upmc.split('+')[1]}:Trial+authority+sa"
    assert got(petra, "projects", project)["pi_users"] == [there.urn("petra")]
    slice_id = posted(petra, "slices", {"project": project, "shortname": "s1", "users": [zoe]})
    assert sorted(got(petra, "slices", slice_id)["users"]) == sorted([zoe, there.urn("petra")])
    node = posted(petra, "resources", {"authority": there.upmc, "name": "Node 1"})
    as_zoe = there.instance.caller(X_User_Id=zoe, X_Roles="member")
    lease = posted(
        as_zoe,
        "leases",
        {"slice_id": slice_id, "resources": [node], "start_time": 4_000_000_000, "duration": 60},
    )
    assert got(as_zoe, "leases", lease)["end_time"] == 4_000_000_060
    overlapping = as_zoe.post(
        f"{API}/leases",
        {"slice_id": slice_id, "resources": [node], "start_time": 4_000_000_030, "duration": 60},
    )
    found = at_rest(as_zoe, accepted(overlapping))
    assert found["status"] == "ERROR"
    assert lease in found["log"][-1]["message"]
    assert done(as_zoe, put(as_zoe, "leases", lease, {"duration": 90}))["action"] == "UPDATE"
    assert got(as_zoe, "leases", lease)["end_time"] == 4_000_000_090
    for collection, thing_id in (("leases", lease), ("slices", slice_id), ("projects", project)):
        done(petra, petra.delete(path(collection, thing_id)))
        assert petra.get(path(collection, thing_id)).status_int == 404
    assert admin.delete(path("projects", project)).status_int == 404


def test_a_put_makes_events_of_what_differs(there: World) -> None:
    ulla, urn = there.caller("ulla"), there.urn("ulla")
    answer = put(ulla, "users", urn, {"bio": "new", "first_name": "ulla", "keys": KEYS})
    events = [at_rest(ulla, one) for one in answer.json["events"]]
    assert [(one["action"], one["data"], one["status"]) for one in events] == [
        ("UPDATE", {"bio": "new"}, "SUCCESS"),
        ("ADD", {"type": "KEY", "values": KEYS}, "SUCCESS"),
    ]
    found = got(ulla, "users", urn)
    assert (found["bio"], found["keys"]) == ("new", KEYS)
    answer = put(ulla, "users", urn, {"keys": [KEYS[1], "third"]})
    events = [at_rest(ulla, one) for one in answer.json["events"]]
    assert [(one["action"], one["data"]["values"]) for one in events] == [
        ("ADD", ["third"]),
        ("REMOVE", [KEYS[0]]),
    ]
    assert sorted(got(ulla, "users", urn)["keys"]) == sorted([KEYS[1], "third"])
    same = put(ulla, "users", urn, {"keys": [KEYS[1], "third"], "bio": "new", "shortname": "ulla"})
    assert (same.status_int, same.json["events"]) == (202, [])
    assert same.headers["Location"].endswith(path("users", urn))
    assert put(ulla, "users", urn, {}).json["events"] == []
    done(ulla, put(ulla, "users", urn, {"keys": []}))
    assert got(ulla, "users", urn)["keys"] == []


def test_a_put_replaces_what_is_in_a_full_list(there: World) -> None:
    ulla, urn = there.caller("ulla"), there.urn("ulla")
    keys = [f"ssh-ed25519 {number}" for number in range(100)]
    done(ulla, put(ulla, "users", urn, {"keys": keys}))
    answer = put(ulla, "users", urn, {"keys": [*keys[1:], "another"]})
    assert [at_rest(ulla, one)["status"] for one in answer.json["events"]] == ["SUCCESS"] * 2
    assert got(ulla, "users", urn)["keys"] == [*keys[1:], "another"]
    found = at_rest(ulla, accepted(ask(ulla, "ADD", "USER", urn, {"type": "KEY", "value": "too many"})))
    assert found["status"] == "ERROR"
    assert f"{urn} would have more keys than may be" in found["log"][-1]["message"]
    done(ulla, put(ulla, "users", urn, {"keys": []}))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({"password": "x"}, "password"),
        ({"private_key": "x"}, "private_key"),
        ({"status": "x"}, "status"),
        ({"hrn": "x"}, "hrn"),
        ({"slices": []}, "slices"),
        ({"shortname": "other"}, "shortname"),
        ({"keys": [KEYS[0], 1]}, "keys.1"),
        ({"keys": "x"}, "keys"),
        ({"email": "x"}, "email"),
        ({"url": "javascript:x"}, "url"),
        ({"authority": None}, "authority"),
        ({"first_name": ""}, "first_name"),
    ],
)
def test_a_put_that_is_of_no_use_is_refused_with_the_way_to_the_member(
    there: World, body: object, field: str
) -> None:
    answer = put(there.caller("ulla"), "users", there.urn("ulla"), body)
    assert (answer.status_int, answer.json.get("field")) == (400, field), answer.json


@pytest.mark.parametrize(
    ("collection", "body", "field"),
    [
        ("users", {}, "authority"),
        ("users", {"authority": "x"}, "authority"),
        ("authorities", {"name": "x"}, "shortname"),
        ("authorities", {"name": "x", "shortname": "a b"}, "shortname"),
        ("projects", {"name": "x"}, "description"),
        ("slices", {"shortname": "x"}, "project"),
        ("resources", {"name": "x"}, "authority"),
        ("leases", {"slice_id": "urn:publicid:IDN+a:b+slice+c", "resources": []}, "resources"),
        (
            "leases",
            {"slice_id": "urn:publicid:IDN+a:b+slice+c", "resources": ["urn:publicid:IDN+a+node+c"]},
            "duration",
        ),
    ],
)
def test_so_is_a_post(there: World, collection: str, body: object, field: str) -> None:
    answer = there.caller("ulla").post(f"{API}/{collection}", body)
    assert (answer.status_int, answer.json.get("field")) == (400, field), answer.json


def test_what_one_may_not_see_one_changes_as_little(there: World) -> None:
    """A project of others is not found, whatever one wants to do with it."""
    petra, ulla = there.caller("petra"), there.caller("ulla")
    project = posted(petra, "projects", {"name": "Hidden", "description": "x"})
    for answer in (
        ulla.get(path("projects", project)),
        put(ulla, "projects", project, {"users": []}),
        ulla.delete(path("projects", project)),
    ):
        assert answer.status_int == 404
    carl = there.caller("carl")
    assert carl.get(path("projects", project)).status_int == 404
    done(petra, put(petra, "projects", project, {"users": [there.urn("carl")]}))
    assert carl.get(path("projects", project)).status_int == 200
    assert at_rest(carl, accepted(carl.delete(path("projects", project))))["status"] == "PENDING"


def test_a_put_does_not_tell_whether_another_s_address_or_login_was_guessed(there: World) -> None:
    carl, petra, urn = there.caller("carl"), there.caller("petra"), there.urn("ulla")
    done(there.admin, put(there.admin, "users", urn, {"login": "ulla-guessed"}))
    email = got(there.admin, "users", urn)["email"]
    for login in ("ulla-guessed", "other"):
        assert put(carl, "users", urn, {"login": login}).status_int == 403
    for guess in (email, "other@upmc.example"):
        assert at_rest(carl, accepted(put(carl, "users", urn, {"email": guess})))["status"] == "PENDING"
    own = got(there.caller("ulla"), "users", urn)
    for knows in (there.caller("ulla"), there.caller("paul"), there.admin):
        same = {"email": own["email"], "login": own["login"]}
        assert put(knows, "users", urn, same).json["events"] == []
    assert put(petra, "users", urn, {"login": "ulla-guessed"}).status_int == 403


def test_who_is_nobody_to_the_registry_writes_nothing_there(there: World) -> None:
    stranger = there.instance.caller(X_User_Id="stranger", X_Roles="member")
    assert stranger.get(path("users", there.urn("ulla"))).status_int == 200
    assert put(stranger, "users", there.urn("ulla"), {"bio": "x"}).status_int == 403
    assert stranger.delete(path("users", there.urn("ulla"))).status_int == 403
    assert stranger.post(f"{API}/resources", EXAMPLES[ThingType.RESOURCE]).status_int == 403
    assert put(there.caller("ulla"), "users", there.urn("ulla"), {"login": "x"}).status_int == 403


def test_a_key_makes_a_post_and_a_put_be_done_once(there: World) -> None:
    petra = there.caller("petra")
    body = {"authority": there.upmc, "name": "once", "shortname": "once"}

    def post(sent: Any) -> webtest.TestResponse:
        return petra.post(f"{API}/resources", sent, headers={"Idempotency-Key": "r-1"})

    first = post(body)
    done(petra, first)
    assert post(body).json == first.json
    assert post(body | {"name": "other"}).status_int == 409
    resource = event(petra, first.json["events"][0])["object"]["id"]
    sent = {"json": {"available": True}, "headers": {"Idempotency-Key": "r-2"}}
    once = petra.call("PUT", path("resources", resource), **sent)
    done(petra, once)
    assert petra.call("PUT", path("resources", resource), **sent).json == once.json


def test_every_example_of_the_document_is_one_that_is_taken(there: World) -> None:
    """Whatever else is there: it is never a 400."""
    for kind in THINGS.values():
        answer = there.admin.post(f"{API}/{kind.collection}", EXAMPLES[kind.type])
        assert answer.status_int in {202, 409}, answer.json
    assert set(EDITS) == set(EXAMPLES) == set(THINGS)
