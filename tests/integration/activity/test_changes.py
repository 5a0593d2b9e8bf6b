"""GET /api/v1/activity/changes: what is in an answer, where it begins and ends, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from barbican_like.model.unit_of_work import Reading
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.feed import CHANGES, ask, changes, envelopes, now, told
from tests.support.statements import counted

_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_TEXT = {"payload": "k4n4ry-payload", "payload_content_type": "text/plain"}


@pytest.fixture
def alice(any_instance: Instance) -> Caller:
    """A user of a project that nobody else uses."""
    return any_instance.caller(X_User_Id="alice")


def test_a_change_is_a_cloud_event_with_the_object_as_a_get_shows_it(
    any_instance: Instance, alice: Caller
) -> None:
    path = alice.new_secret(name="motto", algorithm="aes", bit_length=256, **_TEXT)
    (envelope,) = envelopes(alice)
    with Reading(any_instance.runtime.database) as view:
        deployment = view.projects.deployment_id()
    data = envelope["data"]
    seq, secret = data["seq"], id_of(path)
    assert {name: value for name, value in envelope.items() if name not in {"data", "time"}} == {
        "specversion": "1.0",
        "id": str(seq),
        "sequence": f"{seq:020}",
        "source": f"/barbican/{deployment}",
        "type": "barbican.secret.created",
        "subject": f"SECRET/{secret}",
        "datacontenttype": "application/json",
    }
    age = datetime.now(UTC) - datetime.fromisoformat(envelope["time"])
    assert envelope["time"].endswith("Z")
    assert abs(age.total_seconds()) < 600
    shown = alice.get(path, version="1.1").json
    del shown["secret_ref"]
    assert data["snapshot"] == {"id": secret, **shown}
    assert {name: value for name, value in data.items() if name not in {"seq", "snapshot"}} == {
        "name": "secrets",
        "object": {"type": "SECRET", "id": secret},
        "op": "created",
        "what": None,
        "old_status": None,
        "new_status": "ACTIVE",
        "actor": "alice",
        "project_id": alice.project_id,
        "event_id": None,
    }


def test_each_part_of_a_secret_is_told(alice: Caller) -> None:
    path = alice.new_secret(name="x")
    alice.put(path, b"k4n4ry-payload", "text/plain")
    alice.put(f"{path}/metadata", b'{"metadata": {"a": "1"}}', "application/json")
    alice.post(f"{path}/metadata", {"key": "b", "value": "2"})
    alice.post(f"{path}/metadata/c", {"key": "c", "value": "3"})
    alice.post(f"{path}/metadata/c", {"key": "c", "value": "4"})
    alice.call("PUT", f"{path}/metadata/c", json={"key": "c", "value": "5"})
    alice.delete(f"{path}/metadata/c")
    alice.post(f"{path}/consumers", _IMAGE)
    alice.delete(f"{path}/consumers", json=_IMAGE)
    alice.call("PUT", f"{path}/acl", json={"read": {"users": ["bob"]}})
    alice.call("PATCH", f"{path}/acl", json={"read": {"project-access": False}})
    alice.delete(f"{path}/acl")
    alice.delete(path)
    parts = ["payload", *["metadata"] * 6, "consumers", "consumers", "acl", "acl", "acl"]
    assert told(alice) == [
        ("secrets", "created", None),
        *(("secrets", "updated", part) for part in parts),
        ("secrets", "deleted", None),
    ]
    last = changes(alice)[-1]
    assert (last["old_status"], last["new_status"]) == ("ACTIVE", None)
    assert last["snapshot"]["name"] == "x"


def test_each_part_of_a_container_is_told(alice: Caller) -> None:
    secret = alice.new_secret(name="x")
    start = now(alice)
    reference = {"name": "r", "secret_ref": f"http://localhost:9311{secret}"}
    made = alice.post("/v1/containers", {"type": "generic", "name": "c", "secret_refs": [reference]})
    path = made.json["container_ref"].removeprefix("http://localhost:9311")
    alice.post(f"{path}/secrets", reference | {"name": "second"})
    alice.delete(f"{path}/secrets", json=reference | {"name": "second"})
    alice.post(f"{path}/consumers", {"name": "octavia", "URL": "https://lb.example/1"})
    alice.delete(f"{path}/consumers", json={"name": "octavia", "URL": "https://lb.example/1"})
    alice.call("PUT", f"{path}/acl", json={"read": {"users": ["bob"]}})
    alice.delete(secret)
    alice.delete(path)
    assert told(alice, since=start) == [
        ("containers", "created", None),
        ("containers", "updated", "secrets"),
        ("containers", "updated", "secrets"),
        ("containers", "updated", "consumers"),
        ("containers", "updated", "consumers"),
        ("containers", "updated", "acl"),
        ("containers", "updated", "secrets"),
        ("secrets", "deleted", None),
        ("containers", "deleted", None),
    ]
    held = [
        len(data["snapshot"]["secrets"])
        for data in changes(alice, since=start, filter={"name": ["containers"]})
    ]
    assert held == [1, 2, 1, 1, 1, 1, 0, 0]


def test_an_order_is_told_with_both_of_its_statuses_and_with_what_it_made(
    any_instance: Instance, alice: Caller
) -> None:
    path = alice.new_order("asymmetric", algorithm="ec", passphrase="k4n4ry-passphrase", name="host")
    any_instance.orders_done.wait_for(id_of(path))
    alice.delete(path)
    orders = [
        (data["op"], data["old_status"], data["new_status"], data["actor"])
        for data in changes(alice, filter={"name": ["orders"]})
    ]
    assert orders == [
        ("created", None, "PENDING", "alice"),
        ("updated", "PENDING", "ACTIVE", None),
        ("deleted", "ACTIVE", None, "alice"),
    ]
    made = changes(alice, filter={"name": ["secrets", "containers"]})
    assert [data["name"] for data in made] == ["secrets", "secrets", "secrets", "containers"]
    done = changes(alice, filter={"name": ["orders"]})[1]["snapshot"]
    assert done["container_id"] == made[-1]["object"]["id"]
    assert orjson.dumps(envelopes(alice)).count(b"k4n4ry") == 0


def test_an_order_that_fails_is_told(any_instance: Instance, alice: Caller) -> None:
    path = alice.new_order("asymmetric", algorithm="rsa", bit_length=1000)
    any_instance.orders_done.wait_for(id_of(path))
    last = changes(alice)[-1]
    assert (last["old_status"], last["new_status"]) == ("PENDING", "ERROR")
    shown = alice.get(path).json
    assert last["snapshot"]["error_reason"] == shown["error_reason"]
    assert last["snapshot"]["updated"] == shown["updated"]


def test_what_changes_nothing_is_not_told(alice: Caller) -> None:
    path = alice.new_secret(name="x")
    alice.post(f"{path}/consumers", _IMAGE)
    start = now(alice)
    answers = [
        alice.post(f"{path}/consumers", _IMAGE),
        alice.delete(f"{path}/metadata/nothing"),
        alice.delete(f"{path}/acl"),
        alice.call("PATCH", f"{path}/acl", json={"read": {}}),
        alice.delete(f"{path}/consumers", json=_IMAGE | {"resource_id": "43"}),
        alice.put(path, b"", "text/plain"),
        alice.post("/v1/secrets", {"bit_length": "x"}),
    ]
    assert [answer.status_int for answer in answers] == [200, 204, 200, 200, 404, 400, 400]
    assert told(alice, since=start) == []
    assert now(alice) == start


def test_a_page_ends_at_its_limit_and_the_next_begins_behind_it(alice: Caller) -> None:
    for number in range(5):
        alice.new_secret(name=str(number))
    start = changes(alice)[0]["seq"] - 1
    pages, place = [], start
    for _ in range(3):
        answer = ask(alice, since=place, limit=2).json
        pages.append([item["data"]["snapshot"]["name"] for item in answer["result"]])
        place = answer["last_seq"]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]
    assert ask(alice, since=place).json == {"result": [], "last_seq": place}


def test_the_place_moves_past_what_is_not_the_callers(any_instance: Instance, alice: Caller) -> None:
    start = now(alice)
    other = any_instance.caller()
    other.new_secret()
    answer = ask(alice, since=start).json
    assert answer["result"] == []
    assert answer["last_seq"] > start


def test_a_longpoll_is_answered_at_once_here(alice: Caller) -> None:
    place = now(alice)
    assert ask(alice, feed="longpoll", timeout=60, since=place).json == {"result": [], "last_seq": place}


def test_a_filter_takes_any_value_of_each_member(any_instance: Instance, alice: Caller) -> None:
    bob = any_instance.caller(alice.project_id, X_User_Id="bob")
    first, second = alice.new_secret(name="1"), bob.new_secret(name="2")
    alice.post(f"{second}/consumers", _IMAGE)
    order = alice.new_order()
    any_instance.orders_done.wait_for(id_of(order))
    every = changes(alice)

    def found(**wanted: list[str]) -> list[int]:
        return [every.index(data) for data in changes(alice, filter=wanted)]

    assert len(every) == 6
    assert found(name=["secrets"], op=["created"]) == [0, 1, 4]
    assert found(object=["ORDER"]) == [3, 5]
    assert found(id=[id_of(first), id_of(second)]) == [0, 1, 2]
    assert found(status=["PENDING"]) == [3]
    assert found(actor=["bob"]) == [1]
    assert found(consumer=["glance", "cinder"]) == [2]
    assert found(consumer=["cinder"]) == []
    assert found() == [0, 1, 2, 3, 4, 5]
    assert found(name=[]) == []


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("since", "since=-1"),
        ("since", "since=1e3"),
        ("since", "since=" + "9" * 19),
        ("since", "since=%D9%A3"),
        ("since", "since="),
        ("since", "include_initial=true&since=0"),
        ("limit", "limit=0"),
        ("limit", "limit=1001"),
        ("limit", "limit=ten"),
        ("feed", "feed=continuous"),
        ("timeout", "timeout=61"),
        ("heartbeat", "heartbeat=0"),
        ("include_initial", "include_initial=maybe"),
        ("filter", "filter=x"),
        ("filter", "filter=[]"),
        ("filter", 'filter={"names":[]}'),
        ("filter", 'filter={"name":"secrets"}'),
        ("filter", 'filter={"name":["secret"]}'),
        ("filter", 'filter={"actor":[7]}'),
        ("sinse", "sinse=1"),
    ],
)
def test_what_cannot_be_read_is_a_400_that_names_the_parameter(
    caller: Caller, field: str, query: str
) -> None:
    answer = caller.get(f"{CHANGES}?{query}")
    assert (answer.status_int, answer.json["field"]) == (400, field)
    assert set(answer.json) == {"code", "title", "description", "field"}


def test_a_place_that_has_never_been_is_gone(alice: Caller) -> None:
    alice.new_secret()
    last = now(alice)
    answer = ask(alice, since=last + 1)
    assert answer.status_int == 410
    assert answer.json["code"] == 410
    assert (answer.json["last_seq"], answer.json["oldest"]) == (last, 1)


def test_nobody_reads_without_a_project(any_instance: Instance) -> None:
    nobody = any_instance.caller(X_User_Id="alice")
    assert nobody.get(CHANGES, headers={"X-Project-Id": ""}).status_int == 400


def test_an_eventsource_is_sent_to_the_gateway_where_there_is_one(new_instance: Any) -> None:
    alone = new_instance("[live]\nenable = false", worker=False).caller()
    assert ask(alone, feed="eventsource").json["field"] == "feed"
    assert alone.get("/api/v1/").json == {"result": {"live": None, "changes": None}}
    gateway = new_instance("[live]\nurl = https://live.example/", worker=False).caller()
    answer = ask(gateway, feed="eventsource", since=3)
    assert answer.status_int == 307
    assert answer.headers["Location"] == f"https://live.example{CHANGES}?feed=eventsource&since=3"


def test_the_gateways_addresses_are_told(new_instance: Any, caller: Caller) -> None:
    """Without settings it is beside the API, at the next port; at every address it has the request's name."""
    assert caller.get("/api/v1/").json["result"]["changes"] == f"http://127.0.0.1:9312{CHANGES}"
    everywhere = new_instance("[live]\nhost = 0.0.0.0\nport = 9400", worker=False).caller()
    assert everywhere.get("/api/v1/").json["result"]["live"] == "ws://localhost:9400/api/v1/live"
    named = new_instance("[live]\nurl = https://live.example/", worker=False).caller()
    assert named.get("/api/v1").json["result"]["live"] == "wss://live.example/api/v1/live"
    enabled = new_instance("[live]\nhost = ::1", worker=False).caller()
    assert enabled.get("/api/v1").json["result"] == {
        "live": "ws://[::1]:9312/api/v1/live",
        "changes": f"http://[::1]:9312{CHANGES}",
    }


def test_an_object_that_is_too_large_is_told_by_its_id(alice: Caller) -> None:
    path = alice.new_secret(name="x")
    for number in range(60):
        alice.post(f"{path}/consumers", _IMAGE | {"service": f"service-{number}", "resource_id": "9" * 200})
    last = changes(alice)[-1]
    assert last["snapshot"] == {"id": id_of(path)}
    assert changes(alice, filter={"consumer": ["service-59"]}) == [last]


def test_a_page_costs_as_many_statements_whatever_is_on_it(any_instance: Instance, alice: Caller) -> None:
    """The head, a page, and on a server whether there is anything to number."""
    start = now(alice)
    for _ in range(3):
        alice.new_secret()
    on_server = any_instance.runtime.database.dialect != "sqlite"
    changes(alice, since=start)
    with counted(any_instance.runtime.database) as found:
        assert len(ask(alice, since=start).json["result"]) == 3
    reads = [read for read in found.reads if read != "SELECT 1"]  # whether an idle connection still works
    assert len(reads) == 2 + on_server
    assert (found.writes, found.commits) == ([], 0)
