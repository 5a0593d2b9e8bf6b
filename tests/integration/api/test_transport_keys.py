"""Transport keys: kept for everyone, by the service's administrators."""

from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, path_of
from tests.support.ids import NOBODYS

_KEY = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


@pytest.fixture
def admin(any_instance: Instance) -> Caller:
    """Somebody who looks after the service."""
    return any_instance.caller(X_Roles="admin,reader")


@pytest.fixture
def plugin() -> str:
    """A name that no other test's keys have."""
    return f"plugin {uuid.uuid4()} %"


def _new(admin: Caller, plugin: str) -> str:
    answer = admin.post("/v1/transport_keys", {"plugin_name": plugin, "transport_key": _KEY})
    assert answer.status_int == 201, answer
    assert answer.json == {"transport_key_ref": answer.headers["Location"]}
    return path_of(answer.headers["Location"])


def test_a_key_is_kept_and_shown_to_any_project(any_instance: Instance, admin: Caller, plugin: str) -> None:
    path = _new(admin, f"  {plugin} ")
    answer = any_instance.caller(X_Roles="reader").get(path)
    assert answer.status_int == 200
    shown = answer.json
    assert shown.pop("created") == shown.pop("updated")
    assert shown == {
        "status": "ACTIVE",
        "id": path.rpartition("/")[2],
        "plugin_name": plugin,
        "transport_key": _KEY,
        "transport_key_ref": f"http://localhost:9311{path}",
    }


def test_a_list_holds_references_by_age(admin: Caller, plugin: str) -> None:
    made = [f"http://localhost:9311{_new(admin, plugin)}" for _ in range(3)]
    listed = f"/v1/transport_keys?plugin_name={quote(plugin)}"
    assert admin.get(listed).json == {"transport_keys": made, "total": 3}
    assert admin.get("/v1/transport_keys?plugin_name=").json["total"] >= 3
    page = admin.get(f"{listed}&limit=1&offset=1").json
    assert (page["transport_keys"], page["total"]) == (made[1:2], 3)
    assert page["next"].startswith("http://localhost:9311/v1/transport_keys?limit=1&offset=2&plugin_name=")
    assert page["previous"].startswith(
        "http://localhost:9311/v1/transport_keys?limit=1&offset=0&plugin_name="
    )
    assert admin.get(path_of(page["next"])).json["transport_keys"] == made[2:]


def test_a_list_without_a_plug_in_s_name_holds_all(admin: Caller, plugin: str) -> None:
    _new(admin, plugin)
    assert admin.get("/v1/transport_keys").json["total"] >= 1


@pytest.mark.parametrize("name", ["nobody's", "%25", "plugin_"])
def test_a_plug_in_s_name_is_no_pattern(admin: Caller, plugin: str, name: str) -> None:
    _new(admin, plugin)
    assert admin.get(f"/v1/transport_keys?plugin_name={name}").json == {"transport_keys": [], "total": 0}


def test_a_key_is_deleted_once(admin: Caller, plugin: str) -> None:
    path = _new(admin, plugin)
    answer = admin.delete(path)
    assert (answer.status_int, answer.body) == (204, b"")
    for answer in (admin.get(path), admin.delete(path)):
        assert answer.status_int == 404
        assert answer.json["description"] == "Not Found. Transport Key not found."


@pytest.mark.parametrize("key_id", ["nonsense", str(uuid.UUID(NOBODYS, version=1)), NOBODYS.upper(), "%00"])
def test_an_id_is_a_canonical_version_4_uuid(admin: Caller, key_id: str) -> None:
    for answer in (admin.get(f"/v1/transport_keys/{key_id}"), admin.delete(f"/v1/transport_keys/{key_id}")):
        assert answer.status_int == 404
        assert answer.json["description"] == "Not Found. Provided transport key id is invalid."


@pytest.mark.parametrize("field", ["plugin_name", "transport_key"])
@pytest.mark.parametrize(
    "value", [None, 5, "", "  ", [], True, "a\x00b", "x" * 20_001], ids=lambda v: repr(v)[:9]
)
def test_a_bad_field_is_400_and_named(instance: Instance, field: str, value: object) -> None:
    admin = instance.caller(X_Roles="admin,reader")
    body = {"plugin_name": "x", "transport_key": "y"}
    answer = admin.post("/v1/transport_keys", body | {field: value})
    assert answer.status_int == 400
    assert answer.json["description"].startswith("Provided object does not match schema 'Transport Key': ")
    assert answer.json["description"].endswith(f"Invalid property: '{field}'")
    del body[field]
    answer = admin.post("/v1/transport_keys", body)
    assert f"'{field}' is a required property" in answer.json["description"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [(None, 200), ("*/*", 200), ("application/json", 200), ("application/*", 200), ("text/plain", 406)],
)
def test_one_key_is_json_like_everything_else(admin: Caller, plugin: str, accept: str, status: int) -> None:
    """The original shows one key to nobody who asks for JSON."""
    for path in (_new(admin, plugin), "/v1/transport_keys"):
        answer = admin.get(path, accept=accept)
        assert (answer.status_int, answer.content_type) == (status, "application/json")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "HEAD"])
def test_a_key_is_never_changed(admin: Caller, plugin: str, method: str) -> None:
    answer = admin.call(method, _new(admin, plugin))
    assert (answer.status_int, answer.headers["Allow"]) == (405, "GET, DELETE")


def test_a_reader_may_look_and_nothing_else(any_instance: Instance, admin: Caller, plugin: str) -> None:
    path, caller = _new(admin, plugin), any_instance.caller(X_Roles="member,reader")
    assert [caller.get(path).status_int, caller.get("/v1/transport_keys").status_int] == [200, 200]
    refused = [
        caller.post("/v1/transport_keys", {"plugin_name": plugin, "transport_key": _KEY}),
        caller.delete(path),
    ]
    assert [answer.status_int for answer in refused] == [403, 403]
    assert [answer.json["description"].partition(" attempt")[0] for answer in refused] == [
        "Transport Key Creation",
        "Transport Key deletion",
    ]
