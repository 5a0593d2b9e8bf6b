"""Makes what a route's path names, so that a request of that route can go well."""

from __future__ import annotations

from collections.abc import Callable

from barbican_like.common import ids
from barbican_like.model.models import SecretReference
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.entities import a_container

TEXT = {"name": "x", "algorithm": "y", "payload": "x", "payload_content_type": "text/plain"}
SECRET_CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "42"}
CONTAINER_CONSUMER = {"name": "x", "URL": "http://x"}
ADMIN = "admin"
ONE_STORE_OFFERED = """
[secretstore]
enable_multiple_secret_stores = true
stores_lookup_suffix = software
[secretstore:software]
secret_store_plugin = store_crypto
crypto_plugin = simple_crypto
global_default = true
"""
"""Settings without which the routes of secret stores are all 404."""


def make(instance: Instance, caller: Caller, thing: str) -> str:
    """The id of a fresh thing of that kind."""
    return _MAKERS[thing](instance, caller)


def _secret(_instance: Instance, caller: Caller) -> str:
    return id_of(caller.new_secret())


def _payload(_instance: Instance, caller: Caller) -> str:
    return id_of(caller.new_secret(**TEXT))


def _consumed(_instance: Instance, caller: Caller) -> str:
    path = caller.new_secret()
    assert caller.post(f"{path}/consumers", SECRET_CONSUMER).status_int == 200
    return id_of(path)


def _described(_instance: Instance, caller: Caller) -> str:
    """A secret with user metadata, its own id being the key."""
    path = caller.new_secret()
    assert caller.post(f"{path}/metadata", {"key": id_of(path), "value": "x"}).status_int == 201
    return id_of(path)


def _order(instance: Instance, caller: Caller) -> str:
    order = id_of(caller.new_order())
    instance.orders_done.wait_for(order)
    return order


def _container(instance: Instance, caller: Caller) -> str:
    """A container with a consumer, and with a secret whose id is the container's too."""
    secret = _secret(instance, caller)
    container = a_container(
        SecretReference(name="old", secret_id=secret), id=secret, project_id=caller.project_id
    )
    with UnitOfWork(instance.runtime.database) as uow:
        uow.containers.add(container, uow.projects.find_or_create(caller.project_id))
        uow.commit()
    answer = caller.post(f"/v1/containers/{container.id}/consumers", CONTAINER_CONSUMER)
    assert answer.status_int == 200
    return container.id


def _quota(_instance: Instance, caller: Caller) -> str:
    """A project of its own, so that the caller's requests stay unlimited."""
    project_id = f"limited-{ids.new_id()}"
    answer = caller.call(
        "PUT",
        f"/v1/project-quotas/{project_id}",
        json={"project_quotas": {"secrets": 5}},
        headers={"X-Roles": ADMIN},
    )
    assert answer.status_int == 204
    return project_id


def _transport_key(_instance: Instance, caller: Caller) -> str:
    answer = caller.post(
        "/v1/transport_keys", {"plugin_name": "x", "transport_key": "y"}, headers={"X-Roles": ADMIN}
    )
    assert answer.status_int == 201
    return id_of(answer.json["transport_key_ref"])


def _store(_instance: Instance, caller: Caller) -> str:
    return id_of(caller.get("/v1/secret-stores/global-default").json["secret_store_ref"])


def _payload_and_store(instance: Instance, caller: Caller) -> str:
    return f"{_payload(instance, caller)} {_store(instance, caller)}"


def _preferred_store(instance: Instance, caller: Caller) -> str:
    store = _store(instance, caller)
    assert caller.post(f"/v1/secret-stores/{store}/preferred").status_int == 204
    return store


_MAKERS: dict[str, Callable[[Instance, Caller], str]] = {
    "secret": _secret,
    "payload": _payload,
    "consumed": _consumed,
    "described": _described,
    "order": _order,
    "container": _container,
    "quota": _quota,
    "transport key": _transport_key,
    "store": _store,
    "payload and its store": _payload_and_store,
    "preferred store": _preferred_store,
}
