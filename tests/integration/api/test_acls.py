"""ACLs of secrets and containers: what they say, and whom they let."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, path_of

_DEFAULT = {"read": {"project-access": True}}


@pytest.fixture(params=["secrets", "containers"])
def thing(request: pytest.FixtureRequest, any_caller: Caller) -> str:
    """The path of a secret, and of a container."""
    if request.param == "secrets":
        return any_caller.new_secret()
    return _new_container(any_caller)


@pytest.fixture
def acl(thing: str) -> str:
    """The path of its ACL."""
    return f"{thing}/acl"


def _new_container(caller: Caller, **fields: object) -> str:
    answer = caller.post("/v1/containers", {"type": "generic"} | fields)
    assert answer.status_int == 201, answer
    return path_of(answer.json["container_ref"])


def _put(caller: Caller, path: str, **read: object) -> None:
    answer = caller.call("PUT", path, json={"read": _spelled(read)})
    assert answer.status_int == 200, answer


def _spelled(read: dict[str, object]) -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in read.items()}


def _read(caller: Caller, path: str) -> dict[str, Any]:
    """An ACL without its times."""
    shown = caller.get(path).json
    assert list(shown) == ["read"]
    read: dict[str, Any] = shown["read"]
    if len(read) > 1:
        assert read.pop("created") <= read.pop("updated")
    return read


def test_without_one_a_thing_is_open_to_its_project(any_caller: Caller, acl: str) -> None:
    answer = any_caller.get(acl)
    assert (answer.status_int, answer.json) == (200, _DEFAULT)


def test_a_put_replaces_what_there_was(any_caller: Caller, acl: str) -> None:
    for given, found in (
        ({"users": ["u1", "u2"], "project-access": False}, {"users": ["u1", "u2"], "project-access": False}),
        ({"users": ["u3"]}, {"users": ["u3"], "project-access": True}),
        ({"project-access": False}, {"users": [], "project-access": False}),
        ({"users": []}, {"users": [], "project-access": True}),
    ):
        answer = any_caller.call("PUT", acl, json={"read": given})
        assert answer.status_int == 200
        assert answer.json == {"acl_ref": f"http://localhost:9311{acl}"}
        assert _read(any_caller, acl) == found


def test_it_shows_when_it_was_made_and_changed(any_caller: Caller, acl: str) -> None:
    _put(any_caller, acl, users=["u1"])
    first = any_caller.get(acl).json["read"]
    assert first["created"] == first["updated"]
    assert len(first["created"]) == len("2015-10-20T18:38:44.123456")
    _put(any_caller, acl, users=["u2"])
    second = any_caller.get(acl).json["read"]
    assert second["created"] == first["created"]
    assert second["updated"] > first["updated"]


@pytest.mark.parametrize("body", [{"read": {}}, {}], ids=str)
def test_a_put_of_nothing_deletes_it(any_caller: Caller, acl: str, body: dict[str, object]) -> None:
    _put(any_caller, acl, users=["u1"], project_access=False)
    assert any_caller.call("PUT", acl, json=body).status_int == 200
    assert any_caller.get(acl).json == _DEFAULT


def test_a_patch_changes_what_is_given(any_caller: Caller, acl: str) -> None:
    _put(any_caller, acl, users=["u1", "u2"], project_access=False)
    for given, found in (
        ({"project-access": True}, {"users": ["u1", "u2"], "project-access": True}),
        ({"users": ["u3", "u1"]}, {"users": ["u3", "u1"], "project-access": True}),
        ({"project-access": False}, {"users": ["u3", "u1"], "project-access": False}),
        ({"users": []}, {"users": [], "project-access": False}),
        ({}, {"users": [], "project-access": False}),
    ):
        answer = any_caller.call("PATCH", acl, json={"read": given})
        assert (answer.status_int, answer.json) == (200, {"acl_ref": f"http://localhost:9311{acl}"})
        assert _read(any_caller, acl) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"users": ["u1"]}, {"users": ["u1"], "project-access": True}),
        ({"project-access": False}, {"users": [], "project-access": False}),
        ({}, {"project-access": True}),
    ],
    ids=str,
)
def test_a_patch_needs_no_acl(
    any_caller: Caller, acl: str, given: dict[str, object], found: dict[str, object]
) -> None:
    assert any_caller.call("PATCH", acl, json={"read": given}).status_int == 200
    assert _read(any_caller, acl) == found


def test_a_delete_answers_200_with_null_also_without_one(any_caller: Caller, acl: str) -> None:
    _put(any_caller, acl, project_access=False)
    for _ in range(2):
        answer = any_caller.delete(acl)
        assert (answer.status_int, answer.body, answer.content_type) == (200, b"null", "application/json")
        assert any_caller.get(acl).json == _DEFAULT


def test_a_user_named_twice_counts_once(any_caller: Caller, acl: str) -> None:
    _put(any_caller, acl, users=["b", "a", "b", " a "])
    assert _read(any_caller, acl)["users"] == ["b", "a"]


def test_users_are_compared_to_the_last_letter(any_caller: Caller, acl: str) -> None:
    users = ["bob", "Bob", "BOB", "\u00fc" * 255, "\u00fc" * 254]
    _put(any_caller, acl, users=users)
    assert _read(any_caller, acl)["users"] == users


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("user", [None, 5, True, [], {}, "", "  ", "x" * 256, "a\x00b"], ids=repr)
def test_every_user_is_checked(caller: Caller, method: str, place: int, user: object) -> None:
    """The original looks at the first only."""
    users: list[object] = ["u1", "u2"]
    users.insert(place, user)
    path = f"{caller.new_secret()}/acl"
    answer = caller.call(method, path, json={"read": {"users": users}})
    assert answer.status_int == 400
    assert "match schema 'ACL': " in answer.json["description"]
    assert answer.json["description"].endswith("Invalid property: 'users'")
    assert caller.get(path).json == _DEFAULT


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"write": {"users": []}}, "write"),
        ({"read": {}, "delete": {}}, "delete"),
        ({"read": {"creator-only": True}}, "creator-only"),
        ({"read": {"project_access": True}}, "project_access"),
        ({"read": {"users": [], "created": "x"}}, "created"),
        ({"read": None}, "read"),
        ({"read": []}, "read"),
        ({"read": {"users": None}}, "users"),
        ({"read": {"users": "u1"}}, "users"),
        ({"read": {"users": {"u1": "u2"}}}, "users"),
        ({"read": {"project-access": None}}, "project-access"),
        ({"read": {"project-access": "false"}}, "project-access"),
        ({"read": {"project-access": 0}}, "project-access"),
        ([], ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_anything_else_is_400_and_named(caller: Caller, method: str, body: object, field: str) -> None:
    for path in (f"{caller.new_secret()}/acl", f"{_new_container(caller)}/acl"):
        answer = caller.call(method, path, json=body)
        assert answer.status_int == 400
        assert answer.json["description"].endswith(f"Invalid property: '{field}'")


def test_it_goes_with_its_thing(any_caller: Caller, thing: str) -> None:
    _put(any_caller, f"{thing}/acl", users=["u1"])
    assert any_caller.delete(thing).status_int == 204
    for method in ("GET", "DELETE"):
        assert any_caller.call(method, f"{thing}/acl").status_int == 404


def test_acl_only_lists_what_names_the_caller_in_any_project(any_instance: Instance) -> None:
    owners = [any_instance.caller() for _ in range(2)]
    reader = any_instance.caller(X_User_Id=f"reader-{owners[0].project_id}", X_Roles="member")
    user = reader._headers["X-User-Id"]
    for owner in owners:
        for name, users in (("shared", ["x", user]), ("others", ["x"]), ("open", None)):
            path = owner.new_secret(name=name)
            if users is not None:
                _put(owner, f"{path}/acl", users=users, project_access=False)
    reader.new_secret(name="own")
    assert [item["name"] for item in reader.get("/v1/secrets").json["secrets"]] == ["own"]
    for query, names in (
        ("acl_only=true", ["shared", "shared"]),
        ("acl_only=TRUE", ["shared", "shared"]),
        ("acl_only=true&name=o%25", []),
        ("acl_only=false", ["own"]),
    ):
        page = reader.get(f"/v1/secrets?{query}").json
        assert [item["name"] for item in page["secrets"]] == names
        assert page["total"] == len(names)


def test_acl_only_without_a_user_lists_nothing(any_instance: Instance, any_caller: Caller) -> None:
    _put(any_caller, f"{any_caller.new_secret()}/acl", users=["u1"])
    assert any_caller.get("/v1/secrets?acl_only=true").json == {"secrets": [], "total": 0}
