"""User metadata of secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.api import answers
from barbican_like.api.controllers.lookups import OfSecret
from barbican_like.api.schemas import metadata as bodies
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.common.notices import UPDATED
from barbican_like.http import references
from barbican_like.http.controller import Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.request import Request
from barbican_like.model import telling
from barbican_like.model.models import Secret

_NOT_FOUND = "Secret metadata not found."
_UPDATE = "Secret metadatum update"

_METADATUM: Final = {"place": {"key": "geolocation", "value": "12.3456, -98.7654"}}
_METADATA: Final = {"places": {"metadata": {"geolocation": "12.3456, -98.7654"}}}


class SecretMetadataController(OfSecret):
    """``/v1/secrets/{secret_id}/metadata``."""

    default_operation = "Secret metadata retrieval"

    @Operation(
        "Secret metadata retrieval",
        rule="secret_meta:get",
        id="get_secret_metadata",
        answers={200: json_answer("Every key with its value.", answers.METADATA)},
    )
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any]:
        """Every key with its value."""
        return {"metadata": req.view.secret_metadata.all(secret.id)}

    @Operation(
        "Secret metadata creation",
        rule="secret_meta:put",
        body=bodies.METADATA,
        id="replace_secret_metadata",
        examples=_METADATA,
        answers={201: json_answer("These are all there are now.", answers.METADATA_REFERENCE)},
    )
    def on_put(self, req: Request, secret: Secret, body: dict[str, str]) -> Reply:
        """Make these all there is."""
        req.uow.secret_metadata.replace(secret.id, body)
        _tell(req, secret)
        return Reply({"metadata_ref": _all(req, secret)}, 201)

    @Operation(
        "Secret metadatum creation",
        rule="secret_meta:post",
        body=bodies.METADATUM,
        id="create_secret_metadatum",
        examples=_METADATUM,
        answers={201: json_answer("Added.", answers.METADATUM, location=True)},
        errors=(409,),
    )
    def on_post(self, req: Request, secret: Secret, body: tuple[str, str]) -> Reply:
        """Add one key."""
        key, value = body
        req.uow.secret_metadata.add(secret.id, key, value)
        _tell(req, secret)
        return Reply(
            {"key": key, "value": value}, 201, f"{references.to(req, 'secrets', secret.id)}/metadata/{key}"
        )


class SecretMetadatumController(OfSecret):
    """``/v1/secrets/{secret_id}/metadata/{key}``."""

    default_operation = "Secret metadatum retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The secret, and the key as it would be kept."""
        secret, key = super().lookup(req, *path)
        if not bodies.is_url_safe(key):
            raise NotFound(_NOT_FOUND)
        return secret, key.lower()

    @Operation(
        "Secret metadatum retrieval",
        rule="secret_meta:get",
        id="get_secret_metadatum",
        answers={200: json_answer("The key with its value.", answers.METADATUM)},
    )
    def on_get(self, req: Request, secret: Secret, key: str) -> dict[str, str]:
        """One key with its value."""
        value = req.view.secret_metadata.find(secret.id, key)
        if value is None:
            raise NotFound(_NOT_FOUND)
        return {"key": key, "value": value}

    @Operation(
        "Secret metadatum creation",
        rule="secret_meta:post",
        body=bodies.METADATUM,
        id="set_secret_metadatum",
        examples=_METADATUM,
        answers={
            200: json_answer("The key was there and has this value now.", answers.METADATUM),
            201: json_answer("Added.", answers.METADATUM, location=True),
        },
        errors=(409,),
    )
    def on_post(
        self, req: Request, secret: Secret, key: str, body: tuple[str, str]
    ) -> Reply | dict[str, str]:
        """Add the key, or change its value if it is there: what python-barbicanclient asks for in one call.

        A change asks for ``secret_meta:put`` too, as PUT does.
        """
        if req.view.secret_metadata.find(secret.id, key) is not None:
            self.frame.policy.require("secret_meta:put", req.caller, self.target((secret,)), _UPDATE)
            return _changed(req, secret, key, body)
        _require_key(key, body)
        req.uow.secret_metadata.add(secret.id, *body)
        _tell(req, secret)
        return Reply(
            {"key": key, "value": body[1]}, 201, f"{references.to(req, 'secrets', secret.id)}/metadata/{key}"
        )

    @Operation(
        _UPDATE,
        rule="secret_meta:put",
        body=bodies.METADATUM,
        id="change_secret_metadatum",
        examples=_METADATUM,
        answers={200: json_answer("The key with its new value.", answers.METADATUM)},
        errors=(409,),
    )
    def on_put(self, req: Request, secret: Secret, key: str, body: tuple[str, str]) -> dict[str, str]:
        """Change a key's value; the key itself stays."""
        return _changed(req, secret, key, body)

    @Operation(
        "Secret metadatum removal",
        rule="secret_meta:delete",
        id="delete_secret_metadatum",
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, secret: Secret, key: str) -> None:
        """Remove a key, or find that it is gone already."""
        if req.uow.secret_metadata.remove(secret.id, key):
            _tell(req, secret)


def _require_key(key: str, body: tuple[str, str]) -> None:
    if body[0] != key:
        raise Conflict("Conflict. Key in request does not match key in the request url.")


def _all(req: Request, secret: Secret) -> str:
    """The reference of a secret's metadata."""
    return f"{references.to(req, 'secrets', secret.id)}/metadata"


def _changed(req: Request, secret: Secret, key: str, body: tuple[str, str]) -> dict[str, str]:
    _require_key(key, body)
    if not req.uow.secret_metadata.change(secret.id, *body):
        raise NotFound(_NOT_FOUND)
    _tell(req, secret)
    return {"key": key, "value": body[1]}


def _tell(req: Request, secret: Secret) -> None:
    telling.of_secret(req.uow, secret, UPDATED, "metadata")
