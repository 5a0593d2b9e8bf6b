"""An expired secret is not there for anyone, on any route."""

from __future__ import annotations

from datetime import timedelta

import pytest

from barbican_like.common import clock
from barbican_like.model.models import SecretReference
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.resources import NewSecret
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.entities import a_container, a_secret


@pytest.fixture
def expired(any_instance: Instance, any_caller: Caller) -> str:
    """The path of a secret with a payload whose time ran out a moment ago."""
    secret = a_secret(
        project_id=any_caller.project_id,
        content_type="text/plain",
        expiration=clock.now() - timedelta(microseconds=1),
    )
    with UnitOfWork(any_instance.runtime.database) as uow:
        resources.store_secret(uow, any_instance.runtime.plugins, NewSecret(secret=secret, payload=b"x"))
        uow.commit()
    return f"/v1/secrets/{secret.id}"


def test_an_expired_secret_is_404_on_every_route(any_caller: Caller, expired: str) -> None:
    consumer = {"service": "s", "resource_type": "t", "resource_id": "i"}
    answers = [
        any_caller.get(expired),
        any_caller.get(expired, accept="text/plain"),
        any_caller.get(f"{expired}/payload"),
        any_caller.put(expired, b"x", "text/plain"),
        any_caller.delete(expired),
        any_caller.get(f"{expired}/consumers"),
        any_caller.post(f"{expired}/consumers", consumer),
        any_caller.delete(f"{expired}/consumers", json=consumer),
    ]
    assert [answer.status_int for answer in answers] == [404] * len(answers)
    assert {answer.json["description"] for answer in answers} == {"Not Found. Secret not found."}


def test_an_expired_secret_is_in_no_list(any_caller: Caller, expired: str) -> None:
    living = any_caller.new_secret(name="name", expiration="2999-01-01")
    for query in ("", "?name=name", "?expiration=lt:2998-01-01", "?sort=expiration"):
        page = any_caller.get(f"/v1/secrets{query}").json
        assert expired not in {item["secret_ref"][-len(expired) :] for item in page["secrets"]}
        assert page["total"] == len(page["secrets"])
    assert any_caller.get("/v1/secrets").json["secrets"][0]["secret_ref"].endswith(living)


def test_a_container_keeps_its_reference_to_an_expired_secret(
    any_instance: Instance, any_caller: Caller, expired: str
) -> None:
    secret_id = expired.rpartition("/")[2]
    container = a_container(
        SecretReference(name="gone", secret_id=secret_id), project_id=any_caller.project_id
    )
    with UnitOfWork(any_instance.runtime.database) as uow:
        resources.store_container(uow, container)
        uow.commit()
    shown = any_caller.get(f"/v1/containers/{container.id}").json
    assert shown["secret_refs"] == [{"name": "gone", "secret_ref": f"http://localhost:9311{expired}"}]
