"""Entities as JSON objects. A new member for clients needs a microversion: theirs refuse unknown ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barbican_like.api import microversions
from barbican_like.http import references
from barbican_like.http.request import Request
from barbican_like.model.models import (
    Consumer,
    Container,
    ContainerConsumer,
    OfferedStore,
    Order,
    Secret,
    TransportKey,
)

_SHOWN_IF_SET = (
    "error_status_code",
    "error_reason",
    "sub_status",
    "sub_status_message",
    "creator_id",
)


def secret(req: Request, item: Secret, *, stores: bool, consumers: bool = False) -> dict[str, Any]:
    """A secret without its payload; see :func:`secrets`.

    :param consumers: show them to clients of microversion 1.0 too.
    """
    (shown,) = secrets(req, [item], stores=stores, consumers=consumers)
    return shown


def secrets(
    req: Request, items: Sequence[Secret], *, stores: bool, consumers: bool = False
) -> list[dict[str, Any]]:
    """Secrets without their payloads. Their status is ACTIVE even before they have one.

    :param stores: whether secret stores are spoken of, so that clients of 1.3 are told which it is.
    """
    shown = [_secret(req, item, consumers=consumers) for item in items]
    if req.minor >= microversions.STORES:
        ids = [item.id for item in items]
        store_of = req.view.secret_stores.of_secrets(ids) if stores and ids else {}
        for secret_id, each in zip(ids, shown, strict=True):
            each.update(_store(req, store_of.get(secret_id)))
    return shown


def _store(req: Request, store_id: str | None) -> dict[str, Any]:
    reference = None if store_id is None else references.to(req, "secret-stores", store_id)
    return {"secret_store_id": store_id, "secret_store_ref": reference}


def _secret(req: Request, item: Secret, *, consumers: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "name": item.name,
        "secret_type": item.secret_type,
        "expiration": item.expiration,
        "algorithm": item.algorithm,
        "bit_length": item.bit_length,
        "mode": item.mode,
        "creator_id": item.creator_id,
    }
    if item.content_type is not None:
        shown["content_types"] = {"default": item.content_type}
    if consumers or req.minor >= microversions.CONSUMERS:
        shown["consumers"] = [
            {
                "service": consumer.service,
                "resource_type": consumer.resource_type,
                "resource_id": consumer.resource_id,
            }
            for consumer in item.consumers
        ]
    shown["secret_ref"] = references.to(req, "secrets", item.id)
    return shown


def consumer(item: Consumer) -> dict[str, Any]:
    """A secret's consumer in a list of them."""
    return {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "service": item.service,
        "resource_type": item.resource_type,
        "resource_id": item.resource_id,
    }


def container(req: Request, item: Container) -> dict[str, Any]:
    """A container with its references."""
    return {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "name": item.name,
        "type": item.type,
        "creator_id": item.creator_id,
        "container_ref": references.to(req, "containers", item.id),
        "secret_refs": [
            {
                "name": reference.name,
                "secret_ref": references.to(req, "secrets", reference.secret_id),
            }
            for reference in item.references
        ],
        "consumers": [{"name": consumer.name, "URL": consumer.url} for consumer in item.consumers],
    }


def container_consumer(item: ContainerConsumer) -> dict[str, Any]:
    """A container's consumer in a list of them."""
    return {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "name": item.name,
        "URL": item.url,
    }


def transport_key(req: Request, item: TransportKey) -> dict[str, Any]:
    """A transport key."""
    return {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "id": item.id,
        "plugin_name": item.plugin_name,
        "transport_key": item.transport_key,
        "transport_key_ref": references.to(req, "transport_keys", item.id),
    }


def secret_store(req: Request, item: OfferedStore) -> dict[str, Any]:
    """A secret store."""
    shown = {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": "ACTIVE",
        "name": item.name,
        "secret_store_plugin": item.store_plugin,
        "crypto_plugin": item.crypto_plugin,
        "global_default": item.global_default,
    }
    if req.minor < microversions.STORES:
        return shown | {"secret_store_ref": references.to(req, "secret-stores", item.id)}
    return shown | _store(req, item.id)


def order(req: Request, item: Order) -> dict[str, Any]:
    """An order."""
    shown: dict[str, Any] = {
        "created": item.created_at,
        "updated": item.updated_at,
        "status": item.status.value,
        "type": item.type,
        "meta": dict(item.meta),
        "order_ref": references.to(req, "orders", item.id),
    }
    if item.secret_id is not None:
        shown["secret_ref"] = references.to(req, "secrets", item.secret_id)
    if item.container_id is not None:
        shown["container_ref"] = references.to(req, "containers", item.container_id)
    shown |= {name: value for name in _SHOWN_IF_SET if (value := getattr(item, name)) is not None}
    return shown
