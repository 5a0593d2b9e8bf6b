"""Transport keys: public keys under which clients may wrap what they send to a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.api import answers, serialise
from barbican_like.api.controllers.lookups import checked_id
from barbican_like.api.schemas.transport_keys import TRANSPORT_KEY, TransportKeyBody
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.http import references
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.openapi.values import like
from barbican_like.http.request import Request
from barbican_like.model.models import TransportKey

_EXAMPLES: Final = {"key": {"plugin_name": "store", "transport_key": "MIIBIjANBgkqhkiG9w0="}}


class TransportKeysController(Controller[Services]):
    """``/v1/transport_keys``."""

    default_operation = "Transport Key(s) retrieval"

    @Operation(
        "Transport Key(s) retrieval",
        rule="transport_keys:get",
        id="list_transport_keys",
        paged=True,
        parameters=(like("plugin_name", "plug-in's name"),),
        answers={200: json_answer("One page of the keys' references.", answers.TRANSPORT_KEYS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the keys' references."""
        part = req.view.transport_keys.list(req.page, plugin_name=req.filters.get("plugin_name"))
        return references.paged(
            req, "transport_keys", part, lambda item: references.to(req, "transport_keys", item.id)
        )

    @Operation(
        "Transport Key Creation",
        rule="transport_keys:post",
        body=TRANSPORT_KEY,
        id="create_transport_key",
        examples=_EXAMPLES,
        answers={201: json_answer("Kept.", answers.TRANSPORT_KEY_REFERENCE, location=True)},
    )
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

    @Operation(
        "Transport Key retrieval",
        rule="transport_key:get",
        id="get_transport_key",
        answers={200: json_answer("The key.", answers.TRANSPORT_KEY)},
    )
    def on_get(self, req: Request, key: TransportKey) -> dict[str, Any]:
        """The key."""
        return serialise.transport_key(req, key)

    @Operation(
        "Transport Key deletion",
        rule="transport_key:delete",
        id="delete_transport_key",
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, key: TransportKey) -> None:
        """Remove it."""
        req.uow.transport_keys.delete(key.id)
