"""The key manager's entities as those see them who hear of a change.

A snapshot has what a GET of the entity shows, with ids in place of references. It holds nothing secret: no
payload, no passphrase.
"""

from __future__ import annotations

from typing import Any, Final

from barbican_like.model.models import Container, Order, Secret

ACTIVE: Final = "ACTIVE"
"""The status of a secret and of a container while it is there."""

_SHOWN_IF_SET: Final = (
    "secret_id",
    "container_id",
    "error_status_code",
    "error_reason",
    "sub_status",
    "sub_status_message",
    "creator_id",
)


def of_secret(item: Secret) -> dict[str, Any]:
    """A secret without its payload."""
    shown: dict[str, Any] = {
        "id": item.id,
        "created": item.created_at,
        "updated": item.updated_at,
        "status": ACTIVE,
        "name": item.name,
        "secret_type": item.secret_type,
        "expiration": item.expiration,
        "algorithm": item.algorithm,
        "bit_length": item.bit_length,
        "mode": item.mode,
        "creator_id": item.creator_id,
        "consumers": [
            {"service": one.service, "resource_type": one.resource_type, "resource_id": one.resource_id}
            for one in item.consumers
        ],
    }
    if item.content_type is not None:
        shown["content_types"] = {"default": item.content_type}
    return shown


def of_container(item: Container) -> dict[str, Any]:
    """A container with its references and consumers."""
    return {
        "id": item.id,
        "created": item.created_at,
        "updated": item.updated_at,
        "status": ACTIVE,
        "name": item.name,
        "type": item.type,
        "creator_id": item.creator_id,
        "secrets": [{"name": one.name, "secret_id": one.secret_id} for one in item.references],
        "consumers": [{"name": one.name, "URL": one.url} for one in item.consumers],
    }


def of_order(item: Order) -> dict[str, Any]:
    """An order."""
    shown: dict[str, Any] = {
        "id": item.id,
        "created": item.created_at,
        "updated": item.updated_at,
        "status": item.status.value,
        "type": item.type,
        "meta": dict(item.meta),
    }
    shown |= {name: value for name in _SHOWN_IF_SET if (value := getattr(item, name)) is not None}
    return shown
