"""Containers that orders made: shown, listed, deleted."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from barbican_like.model.models import SecretReference
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.entities import a_container


@pytest.fixture(scope="module")
def filled(any_instance: Instance) -> tuple[Caller, list[str]]:
    """A project with a secret that is in two of its three containers."""
    caller = any_instance.caller(X_User_Id="alice")
    secret = id_of(caller.new_secret(name="kept"))
    made = [
        a_container(
            *(SecretReference(name=role, secret_id=secret) for role in roles),
            project_id=caller.project_id,
            creator_id="alice",
            name=name,
            type=kind,
        )
        for name, kind, roles in (
            ("one", "generic", ("a", "b")),
            ("two %", "rsa", ("private_key",)),
            (None, "ec", ()),
        )
    ]
    with UnitOfWork(any_instance.runtime.database) as uow:
        project = uow.projects.find_or_create(caller.project_id)
        for container in made:
            uow.containers.add(container, project)
        uow.commit()
    return caller, [container.id for container in made]


def test_a_container_shows_its_references_in_order(filled: tuple[Caller, list[str]]) -> None:
    caller, ids = filled
    secret = caller.get("/v1/secrets").json["secrets"][0]["secret_ref"]
    shown = caller.get(f"/v1/containers/{ids[0]}").json
    assert shown.pop("created") == shown.pop("updated")
    assert shown == {
        "status": "ACTIVE",
        "name": "one",
        "type": "generic",
        "creator_id": "alice",
        "container_ref": f"http://localhost:9311/v1/containers/{ids[0]}",
        "secret_refs": [{"name": "a", "secret_ref": secret}, {"name": "b", "secret_ref": secret}],
        "consumers": [],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2]),
        ({"name": "one"}, [0]),
        ({"name": "o%"}, [0]),
        ({"name": "%"}, [0, 1]),
        ({"name": "ONE"}, []),
        ({"name": "on_"}, []),
        ({"name": "", "type": ""}, [0, 1, 2]),
        ({"name": "two%20%25"}, [1]),
        ({"type": "rsa"}, [1]),
        ({"type": "r%"}, []),
        ({"name": "t%", "type": "rsa"}, [1]),
        ({"name": "one", "type": "rsa"}, []),
    ],
    ids=str,
)
def test_containers_are_filtered(
    filled: tuple[Caller, list[str]], query: dict[str, str], found: list[int]
) -> None:
    caller, ids = filled
    page = caller.get(f"/v1/containers?{urlencode(query)}").json
    assert [id_of(item["container_ref"]) for item in page["containers"]] == [ids[number] for number in found]
    assert page["total"] == len(found)


def test_a_page_counts_containers_not_references(filled: tuple[Caller, list[str]]) -> None:
    caller, ids = filled
    page = caller.get("/v1/containers?limit=2").json
    assert [len(item["secret_refs"]) for item in page["containers"]] == [2, 1]
    assert page["containers"][0] == caller.get(f"/v1/containers/{ids[0]}").json
    assert page["next"].startswith("http://localhost:9311/v1/containers?limit=2&offset=2&marker=")


def test_another_project_s_container_is_403(any_instance: Instance, filled: tuple[Caller, list[str]]) -> None:
    stranger = any_instance.caller()
    path = f"/v1/containers/{filled[1][0]}"
    assert [stranger.get(path).status_int, stranger.delete(path).status_int] == [403, 403]


def test_deleting_a_container_keeps_its_secrets(any_instance: Instance, any_caller: Caller) -> None:
    secret = any_caller.new_secret(payload="kept", payload_content_type="text/plain")
    path = _contained(any_instance, any_caller, secret)
    assert any_caller.delete(path).status_int == 204
    assert [any_caller.get(path).status_int, any_caller.delete(path).status_int] == [404, 404]
    assert any_caller.get(f"{secret}/payload", accept="text/plain").body == b"kept"


def test_deleting_a_secret_takes_it_out_of_its_containers(any_instance: Instance, any_caller: Caller) -> None:
    secret = any_caller.new_secret()
    path = _contained(any_instance, any_caller, secret)
    assert any_caller.delete(secret).status_int == 204
    assert any_caller.get(path).json["secret_refs"] == []


def _contained(instance: Instance, caller: Caller, secret: str) -> str:
    container = a_container(SecretReference(name="x", secret_id=id_of(secret)), project_id=caller.project_id)
    with UnitOfWork(instance.runtime.database) as uow:
        uow.containers.add(container, uow.projects.find_or_create(caller.project_id))
        uow.commit()
    return f"/v1/containers/{container.id}"
