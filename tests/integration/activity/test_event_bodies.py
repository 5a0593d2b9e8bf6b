"""Bodies about events that are of no use: a 400 with the way to the member."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.application import Instance
from tests.support.events import API, World, admin_of, ask, world
from tests.support.ids import NOBODYS

KEY = "ssh-ed25519 AAAA"


@pytest.fixture(scope="module")
def there(instance: Instance) -> World:
    """People on SQLite."""
    return world(instance)


URN = "urn:publicid:IDN+a:b+user+c"
BAD: tuple[tuple[Any, str], ...] = (
    ([], ""),
    ({}, "event"),
    ({"event": {}, "more": 1}, "more"),
    ({"event": 1}, "event"),
    ({"event": {"object": {"type": "USER"}}}, "event.action"),
    ({"event": {"action": "EAT", "object": {"type": "USER"}}}, "event.action"),
    ({"event": {"action": 1, "object": {"type": "USER"}}}, "event.action"),
    ({"event": {"action": "ADD"}}, "event.object"),
    ({"event": {"action": "ADD", "object": {}}}, "event.object.type"),
    ({"event": {"action": "ADD", "object": {"type": "TABLE"}}}, "event.object.type"),
    ({"event": {"action": "ADD", "object": {"type": ["USER"]}}}, "event.object.type"),
    ({"event": {"action": ["ADD"], "object": {"type": "USER"}}}, "event.action"),
    *(
        ({"event": {"action": "UPDATE", "object": {"type": kind, "id": NOBODYS}}}, "event.object.type")
        for kind in ("SECRET", "CONTAINER", "ORDER", "JOB", "SITE", "SERVICE")
    ),
    ({"event": {"action": "ADD", "object": {"type": "USER", "id": 1}}}, "event.object.id"),
    ({"event": {"action": "ADD", "object": {"type": "USER"}}}, "event.object.id"),
    ({"event": {"action": "DELETE", "object": {"type": "USER", "id": "x"}}}, "event.object.id"),
    ({"event": {"action": "DELETE", "object": {"type": "SLICE", "id": URN}}}, "event.object.id"),
    ({"event": {"action": "DELETE", "object": {"type": "LEASE", "id": URN}}}, "event.object.id"),
    ({"event": {"action": "DELETE", "object": {"type": "USER", "id": URN, "x": 1}}}, "event.object.x"),
    ({"event": {"action": "CREATE", "object": {"type": "USER", "id": URN}}}, "event.object.id"),
    ({"event": {"action": "CREATE", "object": {"type": "USER"}}}, "event.data"),
    ({"event": {"action": "CREATE", "object": {"type": "USER"}, "data": {}}}, "event.data.authority"),
    *(
        (
            {"event": {"action": "CREATE", "object": {"type": "USER"}, "data": {name: "x"}}},
            f"event.data.{name}",
        )
        for name in ("password", "private_key", "hashing", "status", "hrn", "projects", "id")
    ),
    (
        {"event": {"action": "CREATE", "object": {"type": "LEASE"}, "data": {"slice_id": "x"}}},
        "event.data.slice_id",
    ),
    *(
        ({"event": {"action": "ADD", "object": {"type": "USER"}, name: 1}}, f"event.{name}")
        for name in ("status", "id", "log", "messages", "manager", "version", "created", "previous_status")
    ),
    ({"event": {"action": "ADD", "object": {"type": "USER"}, "notify": "yes"}}, "event.notify"),
    ({"event": {"action": "ADD", "object": {"type": "USER"}, "user": 1}}, "event.user"),
)


@pytest.mark.parametrize(("body", "field"), BAD, ids=lambda value: str(value)[:60])
def test_a_body_that_is_of_no_use_is_refused_with_the_way_to_the_member(
    instance: Instance, body: object, field: str
) -> None:
    answer = admin_of(instance).post(f"{API}/activity", body)
    assert answer.status_int == 400, answer.json
    assert answer.json["field"] == field, answer.json


@pytest.mark.parametrize("path", ["activity", "users", "usertoken", "confirm"])
def test_a_body_that_is_no_json_is_named_as_a_whole(instance: Instance, path: str) -> None:
    admin = admin_of(instance)
    answer = admin.call("POST", f"{API}/{path}", body=b"{", content_type="application/json")
    assert (answer.status_int, answer.json.get("field")) == (400, ""), answer.json


@pytest.mark.parametrize(
    ("action", "data", "field"),
    [
        ("UPDATE", {}, "event.data"),
        ("UPDATE", None, "event.data"),
        ("UPDATE", {"keys": [KEY]}, "event.data.keys"),
        ("UPDATE", {"shortname": "x"}, "event.data.shortname"),
        ("UPDATE", {"first_name": ""}, "event.data.first_name"),
        ("UPDATE", {"first_name": "x" * 1001}, "event.data.first_name"),
        ("UPDATE", {"first_name": "\x00"}, "event.data.first_name"),
        ("UPDATE", {"first_name": None}, "event.data.first_name"),
        ("UPDATE", {"bio": 1}, "event.data.bio"),
        ("ADD", None, "event.data"),
        ("ADD", {}, "event.data.type"),
        ("ADD", {"type": "PI", "value": "x"}, "event.data.type"),
        ("ADD", {"type": "KEY"}, "event.data.values"),
        ("ADD", {"type": "KEY", "values": []}, "event.data.values"),
        ("ADD", {"type": "KEY", "values": [KEY, 1]}, "event.data.values.1"),
        ("ADD", {"type": "KEY", "value": KEY, "values": [KEY]}, "event.data.values"),
        ("ADD", {"type": "KEY", "value": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "event.data.value"),
        ("DELETE", {"x": 1}, "event.data"),
    ],
)
def test_data_that_are_of_no_use_are_refused_so_too(
    there: World, action: str, data: object, field: str
) -> None:
    answer = ask(there.caller("ulla"), action, "USER", there.urn("ulla"), data)
    assert (answer.status_int, answer.json.get("field")) == (400, field), answer.json
