"""Transport keys: public keys under which clients may wrap what they send to a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barbican_like.api import serialise
from barbican_like.api.controllers.lookups import checked_id
from barbican_like.api.schemas import transport_keys as bodies
from barbican_like.api.schemas.transport_keys import TransportKeyBody
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.http import references
from barbican_like.http.controller import Controller, Reply, operation
from barbican_like.http.request import Request
from barbican_like.model.models import TransportKey


def _key(body: object, _services: Services) -> TransportKeyBody:
    return bodies.transport_key(body)


class TransportKeysController(Controller[Services]):
    """``/v1/transport_keys``."""

    default_operation = "Transport Key(s) retrieval"

    @operation("Transport Key(s) retrieval", rule="transport_keys:get")
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the keys' references."""
        found, total = req.view.transport_keys.list(req.page, plugin_name=req.query.get("plugin_name"))
        return references.paged(
            req, "transport_keys", [references.to(req, "transport_keys", item.id) for item in found], total
        )

    @operation("Transport Key Creation", rule="transport_keys:post", body=_key)
    def on_post(self, req: Request, body: TransportKeyBody) -> Reply:
        """Keep a key."""
        now = clock.now()
        key = TransportKey(
            id=ids.new_id(),
            plugin_name=body.plugin_name,
            transport_key=body.transport_key,
            created_at=now,
            updated_at=now,
        )
        req.uow.transport_keys.add(key)
        location = references.to(req, "transport_keys", key.id)
        return Reply({"transport_key_ref": location}, 201, location)


class TransportKeyController(Controller[Services]):
    """``/v1/transport_keys/{key_id}``."""

    default_operation = "Transport Key retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The key; it belongs to no project."""
        return (req.view.transport_keys.get(checked_id(path[0], "transport key")),)

    @operation("Transport Key retrieval", rule="transport_key:get")
    def on_get(self, req: Request, key: TransportKey) -> dict[str, Any]:
        """The key."""
        return serialise.transport_key(req, key)

    @operation("Transport Key deletion", rule="transport_key:delete")
    def on_delete(self, req: Request, key: TransportKey) -> None:
        """Remove it."""
        req.uow.transport_keys.delete(key.id)
