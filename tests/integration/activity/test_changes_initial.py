"""include_initial: the objects that are there, exactly as they are at the place that comes with them."""

from __future__ import annotations

import threading
from typing import Any

from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.feed import ask, changes

_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}


def start_of(caller: Caller, **wanted: Any) -> tuple[dict[str, Any], int]:
    """The snapshots by the ids of their objects, and the place to go on from."""
    answer = ask(caller, include_initial="true", **wanted).json
    assert answer["result"] == []
    return {item["data"]["object"]["id"]: item["data"]["snapshot"] for item in answer["initial"]}, answer[
        "last_seq"
    ]


def test_what_is_there_comes_as_it_is(any_instance: Instance) -> None:
    alice = any_instance.caller(X_User_Id="alice")
    gone, path = alice.new_secret(name="gone"), alice.new_secret(name="stays")
    alice.post(f"{path}/consumers", _IMAGE)
    order = alice.new_order()
    any_instance.orders_done.wait_for(id_of(order))
    alice.delete(gone)
    latest = {data["object"]["id"]: data["snapshot"] for data in changes(alice)}
    del latest[id_of(gone)]
    found, place = start_of(alice)
    assert found == latest
    assert changes(alice, since=place) == []
    items = ask(alice, include_initial="true").json["initial"]
    assert {item["data"]["op"] for item in items} == {"initial"}
    assert {item["data"]["seq"] for item in items} == {None}
    assert len({item["id"] for item in items}) == len(items)
    assert not any("sequence" in item for item in items)


def test_only_what_is_wanted_and_the_callers_comes(any_instance: Instance) -> None:
    alice, bob = (any_instance.caller(X_User_Id=name, X_Roles="member") for name in ("alice", "bob"))
    mine, shared = alice.new_secret(name="mine"), alice.new_secret(name="shared")
    alice.call("PUT", f"{shared}/acl", json={"read": {"users": ["bob"]}})
    alice.post(f"{mine}/consumers", _IMAGE)
    own = bob.new_secret(name="bob's")
    assert start_of(bob)[0].keys() == {id_of(own), id_of(shared)}
    assert start_of(alice, filter={"consumer": ["glance"]})[0].keys() == {id_of(mine)}
    assert start_of(alice, filter={"name": ["orders"]})[0] == {}
    assert start_of(alice, filter={"id": [id_of(shared)], "op": ["deleted"]})[0].keys() == {id_of(shared)}


def test_an_operators_wider_rule_widens_it(new_instance: Any, tmp_path: Any) -> None:
    (tmp_path / "policy.yaml").write_text(
        '"secret:get": "role:auditor or project_id:%(target.secret.project_id)s"\n'
    )
    settings = f"[oslo_policy]\npolicy_file = {tmp_path / 'policy.yaml'}"
    instance = new_instance(settings, worker=False)
    path = instance.caller(X_Roles="member").new_secret(name="x")
    auditor = instance.caller(X_Roles="auditor")
    assert start_of(auditor)[0].keys() == {id_of(path)}
    assert [data["object"]["id"] for data in changes(auditor)] == [id_of(path)]


def test_no_change_is_missed_or_seen_twice_while_others_write(any_instance: Instance) -> None:
    """What comes first, with the changes behind it put on top, is what is there in the end."""
    alice = any_instance.caller(X_User_Id="alice")
    stopped = threading.Event()

    def write(number: int) -> None:
        writer = any_instance.caller(alice.project_id, X_User_Id=str(number))
        while not stopped.is_set():
            path = writer.new_secret(name="x")
            writer.put(path, b"x", "text/plain")
            writer.delete(writer.new_secret(name="y"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        starts = [start_of(alice) for _ in range(4)]
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    states = []
    for found, place in starts:
        state = dict(found)
        for data in changes(alice, since=place, limit=1000):
            if data["op"] == "deleted":
                assert state.pop(data["object"]["id"])
            else:
                assert (data["object"]["id"] in state) is (data["op"] == "updated")
                state[data["object"]["id"]] = data["snapshot"]
        states.append(state)
    assert all(state == start_of(alice)[0] for state in states)
