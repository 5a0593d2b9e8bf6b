"""Containers that clients make: types, names and the secrets they refer to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from barbican_like.common import clock
from barbican_like.model.tables import secrets
from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of
from tests.support.entities import a_secret, add_secrets
from tests.support.ids import NOBODYS

_BASE = "http://localhost:9311/v1/secrets"
_RSA = ("public_key", "private_key")
_DUPLICATE = (
    "Provided object does not match schema 'Container': Duplicate reference names are not allowed. "
    "Invalid property: 'secret_refs'"
)


def _reference(caller: Caller, name: object = None) -> dict[str, object]:
    """A reference to a new secret; without a name if None."""
    reference: dict[str, object] = {"secret_ref": f"http://localhost:9311{caller.new_secret()}"}
    return reference if name is None else reference | {"name": name}


def _post(caller: Caller, kind: str, *references: object, **fields: object) -> tuple[int, str | None]:
    """A creation's status and error text."""
    body = {"type": kind, "name": "x", "secret_refs": list(references)} | fields
    answer = caller.post("/v1/containers", body)
    return answer.status_int, answer.json.get("description")


def test_a_container_is_made_with_its_references_in_their_order(any_caller: Caller) -> None:
    references = [_reference(any_caller, name) for name in ("z", "a", "\u00fc")]
    body = {"type": "generic", "name": " my container ", "secret_refs": references}
    answer = any_caller.post("/v1/containers", body)
    assert answer.status_int == 201
    assert answer.json == {"container_ref": answer.headers["Location"]}
    shown = any_caller.get(path_of(answer.headers["Location"])).json
    assert shown["created"] == shown["updated"]
    assert {name: shown[name] for name in ("status", "name", "type", "creator_id", "consumers")} == {
        "status": "ACTIVE",
        "name": "my container",
        "type": "generic",
        "creator_id": None,
        "consumers": [],
    }
    assert shown["container_ref"] == answer.headers["Location"]
    assert shown["secret_refs"] == references
    assert any_caller.get("/v1/containers").json["containers"] == [shown]


def test_the_creator_is_kept(instance: Instance) -> None:
    caller = instance.caller(X_User_Id="alice")
    reference = caller.post("/v1/containers", {"type": "generic"}).json["container_ref"]
    assert caller.get(path_of(reference)).json["creator_id"] == "alice"


@pytest.mark.parametrize("kind", ["generic", "rsa", "certificate"])
@pytest.mark.parametrize("fields", [{}, {"secret_refs": []}, {"name": None}], ids=str)
def test_without_references_no_type_asks_for_any(
    any_caller: Caller, kind: str, fields: dict[str, object]
) -> None:
    assert any_caller.post("/v1/containers", {"type": kind} | fields).status_int == 201


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("rsa", _RSA),
        ("rsa", (*_RSA, "private_key_passphrase")),
        ("certificate", ("certificate",)),
        ("certificate", ("certificate", "private_key")),
        ("certificate", ("intermediates", "certificate", "private_key_passphrase", "private_key")),
        ("generic", ("public_key",)),
        ("generic", ("anything", "at all")),
    ],
)
def test_the_names_of_a_type_are_taken(caller: Caller, kind: str, names: tuple[str, ...]) -> None:
    assert _post(caller, kind, *(_reference(caller, name) for name in names))[0] == 201


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("rsa", ("public_key",)),
        ("rsa", ("private_key", "private_key_passphrase")),
        ("rsa", (*_RSA, "certificate")),
        ("rsa", (*_RSA, None)),
        ("rsa", ("Public_Key", "private_key")),
        ("certificate", ("private_key",)),
        ("certificate", ("certificate", "public_key")),
        ("certificate", ("certificate", None)),
    ],
)
def test_other_names_of_a_type_are_400(caller: Caller, kind: str, names: tuple[str | None, ...]) -> None:
    status, text = _post(caller, kind, *(_reference(caller, name) for name in names))
    assert status == 400
    assert text is not None
    assert text.startswith("Provided object does not match schema 'Container': ")
    assert text.endswith("Invalid property: 'secret_refs'")
    assert caller.get("/v1/containers").json["total"] == 0


@pytest.mark.parametrize("kind", ["dsa", "ec", "", "GENERIC", "x", None, 5, []], ids=repr)
def test_any_other_type_is_400(caller: Caller, kind: object) -> None:
    """A dsa container is something that only orders make."""
    answer = caller.post("/v1/containers", {"type": kind})
    assert answer.status_int == 400
    assert answer.json["description"].endswith("Invalid property: 'type'")
    assert caller.post("/v1/containers", {"name": "x"}).status_int == 400


def test_a_name_that_two_references_have_is_400(caller: Caller) -> None:
    references = [_reference(caller, name) for name in ("a", " a ")]
    assert _post(caller, "generic", *references) == (400, _DUPLICATE)


@pytest.mark.parametrize("tail", ["", "/"])
def test_a_secret_that_two_references_have_is_400(caller: Caller, tail: str) -> None:
    reference = _reference(caller, "a")
    again = {"name": "b", "secret_ref": f"{reference['secret_ref']}{tail}"}
    status, text = _post(caller, "generic", reference, again)
    assert (status, text) == (400, _DUPLICATE.replace("reference names", "secret ids"))


def test_references_need_no_names(any_caller: Caller) -> None:
    references = [_reference(any_caller), _reference(any_caller, ""), _reference(any_caller) | {"name": None}]
    assert _post(any_caller, "generic", *references)[0] == 201
    (shown,) = any_caller.get("/v1/containers").json["containers"]
    assert [reference["name"] for reference in shown["secret_refs"]] == [None, "", None]


@pytest.mark.parametrize(
    "spoilt",
    [
        "http://example.org:9311/v1/secrets/{id}",
        "http://localhost:9311.example.org/v1/secrets/{id}",
        "http://localhost:9311/v1/containers/{id}",
        "http://localhost:9311/v1/secrets/x/{id}",
        "http://localhost:9311/v1/secrets//{id}",
        "http://localhost:9311/v1/secrets/{id}/payload",
        "http://localhost:9311/v2/secrets/{id}",
        "https://localhost:9311/v1/secrets/{id}",
        "/v1/secrets/{id}",
        "{id}",
    ],
)
def test_a_reference_outside_the_base_address_is_400(caller: Caller, spoilt: str) -> None:
    reference = spoilt.format(id=id_of(caller.new_secret()))
    status, text = _post(caller, "generic", {"name": "x", "secret_ref": reference})
    assert (status, text) == (400, "Provided field value is not supported")


@pytest.mark.parametrize("secret_id", [NOBODYS, "nonsense", "%", "' or 1=1 --"])
@pytest.mark.parametrize("name", ["{name}", None])
def test_a_secret_that_is_not_there_is_404_and_named(
    any_caller: Caller, secret_id: str, name: str | None
) -> None:
    """A name is repeated as it is."""
    reference = {"name": name, "secret_ref": f"{_BASE}/{secret_id}"}
    found = _post(any_caller, "generic", _reference(any_caller, "there"), reference)
    assert found == (404, f"Secret provided for '{name}' doesn't exist.")
    assert any_caller.get("/v1/containers").json["total"] == 0


def test_another_project_s_secret_is_404(any_instance: Instance, any_caller: Caller) -> None:
    """An ACL that lets the caller read it changes nothing."""
    owner = any_instance.caller()
    reference = _reference(owner, "theirs")
    acl = f"{path_of(str(reference['secret_ref']))}/acl"
    assert owner.call("PUT", acl, json={"read": {"users": ["friend"]}}).status_int == 200
    friend = any_instance.caller(any_caller.project_id, X_User_Id="friend", X_Roles="admin,member")
    assert _post(friend, "generic", reference) == (404, "Secret provided for 'theirs' doesn't exist.")


def test_an_expired_secret_is_404_but_its_reference_stays(any_instance: Instance, any_caller: Caller) -> None:
    database = any_instance.runtime.database
    soon = a_secret(project_id=any_caller.project_id)
    add_secrets(database, soon)
    reference = {"name": "x", "secret_ref": f"{_BASE}/{soon.id}"}
    answer = any_caller.post("/v1/containers", {"type": "generic", "secret_refs": [reference]})
    path = path_of(answer.json["container_ref"])
    gone = a_secret(project_id=any_caller.project_id, expiration=clock.now() - timedelta(seconds=1))
    add_secrets(database, gone)
    expired = {"name": "y", "secret_ref": f"{_BASE}/{gone.id}"}
    assert _post(any_caller, "generic", expired) == (404, "Secret provided for 'y' doesn't exist.")
    assert any_caller.post(f"{path}/secrets", expired).status_int == 404
    _expire(any_instance, soon.id)
    assert any_caller.get(f"/v1/secrets/{soon.id}").status_int == 404
    assert any_caller.get(path).json["secret_refs"] == [reference]
    assert any_caller.delete(f"{path}/secrets", json=reference).status_int == 204
    assert any_caller.get(path).json["secret_refs"] == []


def _expire(instance: Instance, secret_id: str) -> None:
    with instance.runtime.database.writing() as connection:
        connection.execute(
            secrets.update()
            .where(secrets.c.id == secret_id)
            .values(expiration=clock.now() - timedelta(seconds=1))
        )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x" * 256}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"secret_refs": None}, "secret_refs"),
        ({"secret_refs": {}}, "secret_refs"),
        ({"secret_refs": "x"}, "secret_refs"),
        ({"secret_refs": ["x"]}, ""),
        ({"secret_refs": [None]}, ""),
        ({"secret_refs": [{}]}, "secret_ref"),
        ({"secret_refs": [{"secret_ref": ""}]}, "secret_ref"),
        ({"secret_refs": [{"secret_ref": None}]}, "secret_ref"),
        ({"secret_refs": [{"secret_ref": "x", "name": 5}]}, "name"),
        ({"secret_refs": [{"secret_ref": "x", "name": "x" * 256}]}, "name"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_that_is_unusable_is_400_and_named(
    caller: Caller, fields: dict[str, object], field: str
) -> None:
    answer = caller.post("/v1/containers", {"type": "generic"} | fields)
    assert answer.status_int == 400
    assert answer.json["description"].startswith("Provided object does not match schema 'Container': ")
    assert answer.json["description"].endswith(f"Invalid property: '{field}'")


def test_a_name_has_255_characters(any_caller: Caller) -> None:
    name = "\u20ac" * 255
    assert _post(any_caller, "generic", _reference(any_caller, name), name=name)[0] == 201
    (shown,) = any_caller.get("/v1/containers").json["containers"]
    assert (shown["name"], shown["secret_refs"][0]["name"]) == (name, name)


def test_a_container_is_never_replaced(caller: Caller) -> None:
    path = path_of(caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])
    answers = [caller.call("PUT", path, json={}), caller.call("PUT", "/v1/containers", json={})]
    assert [answer.status_int for answer in answers] == [405, 405]
    assert [answer.headers["Allow"] for answer in answers] == ["GET, DELETE", "GET, POST"]
