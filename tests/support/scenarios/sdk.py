"""What users do with openstacksdk's key_manager proxy."""

from __future__ import annotations

from typing import Any, Final

import pytest
from openstack import exceptions

from tests.support.pipelines import LibraryScenario, Pipeline
from tests.support.scenarios.library_secrets import fresh

WAIT: Final = {"interval": 0.1, "wait": 60}
TEXT: Final = {"payload": "hello", "payload_content_type": "text/plain"}
CONSUMER: Final = {"service": "glance", "resource_type": "image", "resource_id": "0f4a2b"}


def refused(call: Any, status: int) -> None:
    """A call that the server must refuse, as the original does."""
    with pytest.raises(exceptions.HttpException) as caught:
        call()
    assert caught.value.status_code == status


def missing(call: Any, *arguments: Any) -> None:
    """A call for what is not there."""
    with pytest.raises(exceptions.NotFoundException):
        call(*arguments)


def secrets_are_created_got_found_listed_and_deleted(pipeline: Pipeline) -> None:
    sdk, name = pipeline.sdk, fresh("c++ a b")
    made = sdk.create_secret(name=name, **TEXT)
    got = sdk.get_secret(made.secret_id)
    assert (got.name, got.payload, got.status) == (name, "hello", "ACTIVE")
    # By its id: for a name, the client takes the 404 for a secret.
    assert sdk.find_secret(made.secret_id, ignore_missing=False).payload == "hello"
    assert [secret.secret_id for secret in sdk.secrets(name=name)] == [made.secret_id]
    # The client sends the payload of a second step as JSON, which the original refuses too.
    refused(lambda: sdk.update_secret(made.secret_id, payload="more"), 415)
    sdk.delete_secret(made.secret_id, ignore_missing=False)
    missing(lambda: sdk.delete_secret(made.secret_id, ignore_missing=False))
    assert sdk.secrets(name=name) == []


def bytes_come_back_as_they_were(pipeline: Pipeline) -> None:
    made = pipeline.sdk.create_secret(
        payload="AP8=",
        payload_content_type="application/octet-stream",
        payload_content_encoding="base64",
    )
    assert pipeline.sdk.get_secret(made.secret_id).payload == b"\x00\xff"


def a_list_is_followed_to_its_end(pipeline: Pipeline) -> None:
    sdk, name = pipeline.sdk, fresh("one of many")
    made = [sdk.create_secret(name=name).secret_id for _ in range(12)]
    assert [secret.secret_id for secret in sdk.secrets(name=name)] == made


def secrets_have_consumers(pipeline: Pipeline) -> None:
    sdk = pipeline.sdk
    secret = sdk.create_secret(**TEXT).secret_id
    sdk.create_secret_consumer(secret, **CONSUMER)
    (found,) = sdk.secret_consumers(secret)
    assert {name: getattr(found, name) for name in CONSUMER} == CONSUMER
    sdk.delete_secret_consumer(secret, ignore_missing=False, **CONSUMER)
    assert list(sdk.secret_consumers(secret)) == []


def secrets_have_acls(pipeline: Pipeline) -> None:
    sdk = pipeline.sdk
    secret = sdk.create_secret(**TEXT).secret_id
    assert sdk.get_secret_acl(secret).read == {"project-access": True}
    acl = sdk.set_secret_acl(secret, read={"users": ["alice"], "project-access": True})
    assert acl.acl_ref == f"{pipeline.endpoint}/v1/secrets/{secret}/acl"
    sdk.update_secret_acl(secret, read={"users": ["bob"]})
    assert sdk.get_secret_acl(secret).read["users"] == ["bob"]
    sdk.delete_secret_acl(secret, ignore_missing=False)
    assert sdk.get_secret_acl(secret).read == {"project-access": True}


def containers_are_created_got_found_listed_and_deleted(pipeline: Pipeline) -> None:
    sdk, name = pipeline.sdk, fresh("container")
    secret = sdk.create_secret(**TEXT)
    references = [{"name": "a", "secret_ref": secret.secret_ref}, {"name": "", "secret_ref": secret_ref(sdk)}]
    made = sdk.create_container(name=name, type="generic", secret_refs=references)
    got = sdk.get_container(made.container_id)
    assert (got.name, got.type, got.secret_refs) == (name, "generic", references)
    for key in (name, made.container_id):
        assert sdk.find_container(key, ignore_missing=False).container_id == made.container_id
    assert made.container_id in [container.container_id for container in sdk.containers(name=name)]
    refused(lambda: sdk.update_container(made.container_id, name="other"), 405)
    sdk.delete_container(made.container_id, ignore_missing=False)
    sdk.wait_for_delete(got, **WAIT)
    missing(sdk.get_container, made.container_id)


def secret_ref(sdk: Any) -> str:
    """The reference of a new secret."""
    return str(sdk.create_secret(**TEXT).secret_ref)


def containers_have_acls(pipeline: Pipeline) -> None:
    sdk = pipeline.sdk
    container = sdk.create_container(type="generic").container_id
    sdk.create_container_acl(container, read={"users": ["alice"]})
    sdk.update_container_acl(container, read={"users": ["bob"]})
    assert sdk.get_container_acl(container).read["users"] == ["bob"]
    sdk.delete_container_acl(container, ignore_missing=False)
    assert sdk.get_container_acl(container).read == {"project-access": True}


def orders_are_placed_awaited_found_listed_and_deleted(pipeline: Pipeline) -> None:
    sdk = pipeline.sdk
    meta = {"name": fresh("ordered"), "algorithm": "aes", "bit_length": 256}
    made = sdk.create_order(type="key", meta=meta)
    done = sdk.wait_for_status(sdk.get_order(made.order_id), "ACTIVE", failures=["ERROR"], **WAIT)
    assert len(sdk.get_secret(done.secret_id).payload) == 32
    assert sdk.find_order(made.order_id, ignore_missing=False).secret_ref == done.secret_ref
    assert made.order_id in [order.order_id for order in sdk.orders()]
    refused(lambda: sdk.update_order(made.order_id, meta={}), 405)
    sdk.delete_order(made.order_id, ignore_missing=False)
    missing(sdk.get_order, made.order_id)


def quotas_are_told(pipeline: Pipeline) -> None:
    assert pipeline.sdk.get_quota().secrets == -1


def quotas_of_projects_are_set(pipeline: Pipeline) -> None:
    """By who looks after the service."""
    sdk, project = pipeline.sdk, fresh("project").replace(" ", "-")
    missing(sdk.get_project_quota, project)
    sdk.update_project_quota(project, secrets=5, orders=-1)
    found = sdk.get_project_quota(project)
    assert (found.secrets, found.orders, found.containers) == (5, -1, None)
    sdk.delete_project_quota(project, ignore_missing=False)
    missing(sdk.get_project_quota, project)


def secrets_move_between_stores(sdk: Any, endpoint: str) -> None:
    """Where two stores are offered; by id, by reference, and as the object that the client has."""
    stores = {store.name: store for store in sdk.secret_stores()}
    default = sdk.get_global_default_secret_store()
    assert default.secret_store_id in {store.secret_store_id for store in stores.values()}
    missing(sdk.get_preferred_secret_store)
    (other,) = (store for store in stores.values() if store.secret_store_id != default.secret_store_id)
    secret = sdk.create_secret(**TEXT).secret_id
    for store, given in (
        (other, other),
        (default, default.secret_store_id),
        (other, f"{endpoint}/v1/secret-stores/{other.secret_store_id}"),
        (default, default),
    ):
        sdk.migrate_secret_store(secret, given)
        got = sdk.get_secret(secret)
        assert (got.secret_store_id, got.payload) == (store.secret_store_id, "hello")


SCENARIOS: Final[tuple[LibraryScenario, ...]] = (
    secrets_are_created_got_found_listed_and_deleted,
    bytes_come_back_as_they_were,
    a_list_is_followed_to_its_end,
    secrets_have_consumers,
    secrets_have_acls,
    containers_are_created_got_found_listed_and_deleted,
    containers_have_acls,
    orders_are_placed_awaited_found_listed_and_deleted,
    quotas_are_told,
)
"""On every way to authenticate."""

OF_THE_SERVICE: Final[tuple[LibraryScenario, ...]] = (quotas_of_projects_are_set,)
"""For who may do everything."""

CALLS_OF_STORES: Final = frozenset(
    {
        *("secret_stores", "get_global_default_secret_store", "get_preferred_secret_store"),
        "migrate_secret_store",
    }
)
"""The calls that are of no use where one store is all there is."""
