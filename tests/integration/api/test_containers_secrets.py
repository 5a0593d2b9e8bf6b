"""Secrets put into generic containers and taken out of them, and containers among deletions of secrets."""

from __future__ import annotations

import uuid

import pytest

from barbican_like.model.models import SecretReference
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of
from tests.support.entities import a_container, add_containers
from tests.support.ids import NOBODYS
from tests.support.threads import at_once

_CONFLICT = (
    "Conflict. A secret with that name and ID is already stored in this container. "
    "The same secret can exist in a container as long as the name is unique."
)


@pytest.fixture
def container(any_caller: Caller) -> str:
    """The path of an empty generic container."""
    return _new_container(any_caller)


def _new_container(caller: Caller, kind: str = "generic", *references: object) -> str:
    answer = caller.post("/v1/containers", {"type": kind, "secret_refs": list(references)})
    assert answer.status_int == 201, answer
    return path_of(answer.json["container_ref"])


def _reference(path: str, name: str | None = None) -> dict[str, object]:
    reference: dict[str, object] = {"secret_ref": f"http://localhost:9311{path}"}
    return reference if name is None else reference | {"name": name}


def _names(caller: Caller, container: str) -> list[str | None]:
    return [reference["name"] for reference in caller.get(container).json["secret_refs"]]


def test_a_secret_is_put_behind_the_others(any_caller: Caller, container: str) -> None:
    for name in ("z", "a", None):
        answer = any_caller.post(f"{container}/secrets", _reference(any_caller.new_secret(), name))
        assert answer.status_int == 201
        assert answer.json == {"container_ref": f"http://localhost:9311{container}"}
        assert answer.headers["Location"] == f"http://localhost:9311{container}"
    assert _names(any_caller, container) == ["z", "a", None]


def test_a_secret_may_be_in_it_under_several_names(any_caller: Caller, container: str) -> None:
    secret = any_caller.new_secret()
    for name in ("a", "b", None):
        assert any_caller.post(f"{container}/secrets", _reference(secret, name)).status_int == 201
    for name in ("a", " b", None):
        answer = any_caller.post(f"{container}/secrets", _reference(secret, name))
        assert (answer.status_int, answer.json["description"]) == (409, _CONFLICT)
    assert _names(any_caller, container) == ["a", "b", None]


def test_two_secrets_may_have_one_name(any_caller: Caller, container: str) -> None:
    for _ in range(2):
        answer = any_caller.post(f"{container}/secrets", _reference(any_caller.new_secret(), "a"))
        assert answer.status_int == 201
    assert _names(any_caller, container) == ["a", "a"]


@pytest.mark.parametrize("secret_id", [NOBODYS, "nonsense"])
def test_a_secret_that_is_not_there_is_404(any_caller: Caller, container: str, secret_id: str) -> None:
    answer = any_caller.post(f"{container}/secrets", _reference(f"/v1/secrets/{secret_id}", "x"))
    assert (answer.status_int, answer.json["description"]) == (404, "Secret provided doesn't exist.")


def test_another_project_s_secret_is_404(any_instance: Instance, any_caller: Caller, container: str) -> None:
    theirs = any_instance.caller().new_secret()
    assert any_caller.post(f"{container}/secrets", _reference(theirs)).status_int == 404


def test_a_secret_is_taken_out_by_its_id_and_name(any_caller: Caller, container: str) -> None:
    secret = any_caller.new_secret()
    for name in ("a", "b", None):
        any_caller.post(f"{container}/secrets", _reference(secret, name))
    for name, left in (("a", ["b", None]), (None, ["b"]), ("b", [])):
        answer = any_caller.delete(f"{container}/secrets", json=_reference(secret, name))
        assert (answer.status_int, answer.body) == (204, b"")
        assert _names(any_caller, container) == left
    assert any_caller.get(secret).status_int == 200


def test_what_is_not_in_it_is_404(any_caller: Caller, container: str) -> None:
    secret = any_caller.new_secret()
    any_caller.post(f"{container}/secrets", _reference(secret, "a"))
    for reference in (
        _reference(secret),
        _reference(secret, "b"),
        _reference(any_caller.new_secret(), "a"),
        _reference(f"/v1/secrets/{uuid.uuid4()}", "a"),
    ):
        answer = any_caller.delete(f"{container}/secrets", json=reference)
        assert answer.status_int == 404
        assert answer.json["description"] == "Secret provided is not in the container"
    assert _names(any_caller, container) == ["a"]


@pytest.mark.parametrize("kind", ["rsa", "certificate"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_only_generic_containers_are_changed(any_caller: Caller, kind: str, method: str) -> None:
    path = _new_container(any_caller, kind)
    answer = any_caller.call(method, f"{path}/secrets", json=_reference(any_caller.new_secret(), "x"))
    assert answer.status_int == 400
    assert answer.json["description"] == "Only 'generic' containers can be modified."


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "secret_ref"),
        ({"secret_ref": 5}, "secret_ref"),
        ({"secret_ref": "x", "name": 5}, "name"),
        ([], ""),
    ],
    ids=str,
)
def test_a_body_that_is_no_reference_is_400(caller: Caller, method: str, body: object, field: str) -> None:
    answer = caller.call(method, f"{_new_container(caller)}/secrets", json=body)
    assert answer.status_int == 400
    assert answer.json["description"].startswith("Provided object does not match schema 'ContainerSecret'")
    assert answer.json["description"].endswith(f"Invalid property: '{field}'")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_reference_outside_the_base_address_is_400(caller: Caller, method: str) -> None:
    body = {"secret_ref": f"http://example.org/v1/secrets/{uuid.uuid4()}"}
    answer = caller.call(method, f"{_new_container(caller)}/secrets", json=body)
    assert (answer.status_int, answer.json["description"]) == (400, "Provided field value is not supported")


def test_the_other_methods_are_405(caller: Caller) -> None:
    path = f"{_new_container(caller)}/secrets"
    for method in ("GET", "PUT", "PATCH", "HEAD"):
        answer = caller.call(method, path)
        assert (answer.status_int, answer.headers["Allow"]) == (405, "POST, DELETE")


def test_refusals_name_their_operation(any_instance: Instance, container: str) -> None:
    stranger = any_instance.caller()
    body = _reference(stranger.new_secret())
    for method, name in (("POST", "Container Secret creation"), ("DELETE", "Container Secret deletion")):
        answer = stranger.call(method, f"{container}/secrets", json=body)
        assert answer.status_int == 403
        assert answer.json["description"].startswith(f"{name} attempt not allowed")


def test_a_deleted_secret_leaves_its_containers_in_any_project(
    any_instance: Instance, any_caller: Caller
) -> None:
    """The container stays, less the references."""
    secret, other = any_caller.new_secret(), any_caller.new_secret()
    path = _new_container(any_caller, "generic", _reference(secret, "a"), _reference(other, "b"))
    any_caller.post(f"{path}/secrets", _reference(secret, "c"))
    elsewhere = a_container(SecretReference(name="x", secret_id=id_of(secret)), project_id="elsewhere")
    add_containers(any_instance.runtime.database, elsewhere)
    assert any_caller.delete(secret).status_int == 204
    assert _names(any_caller, path) == ["b"]
    with UnitOfWork(any_instance.runtime.database) as uow:
        assert uow.containers.get(elsewhere.id).references == ()


def test_a_secret_deleted_while_it_is_put_into_a_container_leaves_no_reference(any_caller: Caller) -> None:
    """Either the container has it and loses it, or the secret was not there any more."""
    container = _new_container(any_caller)
    for _ in range(5):
        secret = any_caller.new_secret()

        def act(number: int, path: str = secret) -> int:
            caller = Caller(any_caller.application, any_caller.project_id)
            if number == 0:
                return caller.delete(path).status_int
            if number == 1:
                return caller.post(f"{container}/secrets", _reference(path)).status_int
            body = {"type": "generic", "secret_refs": [_reference(path)]}
            return caller.post("/v1/containers", body).status_int

        deleted, *others = at_once(4, act)
        assert deleted == 204
        assert set(others) <= {201, 404}
        for item in any_caller.get("/v1/containers?limit=100").json["containers"]:
            assert item["secret_refs"] == []


def test_of_many_who_put_the_same_secret_in_one_does(any_caller: Caller, container: str) -> None:
    reference = _reference(any_caller.new_secret(), "x")

    def put(_: int) -> int:
        caller = Caller(any_caller.application, any_caller.project_id)
        return caller.post(f"{container}/secrets", reference).status_int

    assert sorted(at_once(8, put)) == [201] + [409] * 7
    assert _names(any_caller, container) == ["x"]


def test_of_many_different_ones_all_are_put_in(any_caller: Caller, container: str) -> None:
    references = [_reference(any_caller.new_secret(), str(number)) for number in range(8)]

    def put(number: int) -> int:
        caller = Caller(any_caller.application, any_caller.project_id)
        return caller.post(f"{container}/secrets", references[number]).status_int

    assert at_once(8, put) == [201] * 8
    assert sorted(map(str, _names(any_caller, container))) == [str(number) for number in range(8)]
