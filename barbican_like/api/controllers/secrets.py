"""Secrets: their descriptions, their payloads, their consumers."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.api import answers, filters, microversions, serialise
from barbican_like.api.controllers.lookups import OfSecret, checked_id, target_of
from barbican_like.api.controllers.quotas import require_quota
from barbican_like.api.schemas import payloads
from barbican_like.api.schemas import secrets as bodies
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.common.errors import (
    Forbidden,
    InvalidInput,
    NotAcceptable,
    NotFound,
    OperationRefused,
    PayloadTooLarge,
)
from barbican_like.common.notices import UPDATED
from barbican_like.http import query, references
from barbican_like.http.controller import ASKS_ITSELF, JSON, Controller, Operation, Raw, Reply
from barbican_like.http.openapi.described import NOTHING, Answer, json_answer
from barbican_like.http.openapi.values import parameter
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema
from barbican_like.model import telling
from barbican_like.model.models import Consumer, Secret
from barbican_like.plugin import content, resources
from barbican_like.plugin.resources import NewSecret

_SECRETS: Final = {
    "text": {"name": "motto", "payload": "speak, friend", "payload_content_type": "text/plain"},
    "bytes": {
        "name": "key",
        "algorithm": "aes",
        "bit_length": 256,
        "mode": "cbc",
        "secret_type": "symmetric",
        "expiration": "2999-12-31T23:59:59",
        "payload": "VGhpcyBpcyBub3QgYSBrZXksIGJ1dCBhbiBleGFtcGxl",
        "payload_content_type": "application/octet-stream",
        "payload_content_encoding": "base64",
    },
    "second_step": {"name": "payload follows"},
}
_CONSUMERS: Final = {"image": {"service": "glance", "resource_type": "image", "resource_id": "42"}}
_ENCODING: Final[Schema] = {
    "name": "Content-Encoding",
    "in": "header",
    "description": "For application/octet-stream: the body is the payload in base64. An empty one is none.",
    "schema": {"type": "string", "enum": ["base64", ""]},
}
_FORCE: Final = parameter(
    "force",
    "From microversion 1.2 on: delete it although it has consumers. Before, it is ignored.",
    query.FLAG,
)
_PAYLOAD: Final = Answer(
    description="The payload, byte for byte.",
    content={
        content.OCTETS: {"type": "string", "format": "binary"},
        content.PKCS8: {"type": "string", "format": "binary"},
        content.TEXT: {"type": "string"},
    },
)
_SECRET: Final = Answer(
    description="The description for Accept `application/json`, `*/*` or none; else the payload, as of old: "
    "`GET .../payload` is the way to it.",
    content={JSON: answers.SECRET, **_PAYLOAD.content},
)


class SecretsController(Controller[Services]):
    """``/v1/secrets``."""

    default_operation = "Secret(s) retrieval"

    @Operation(
        "Secret(s) retrieval",
        rule="secrets:get",
        id="list_secrets",
        paged=True,
        parameters=filters.SECRETS,
        answers={200: json_answer("One page; what is expired is on none.", answers.SECRETS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the project's secrets."""
        wanted = filters.secret_filter(req.filters)
        part = req.view.secrets.list(
            req.caller.project_id,
            wanted,
            req.page,
            req.caller.user_id,
            with_consumers=req.minor >= microversions.CONSUMERS,
        )
        shown = serialise.secrets(req, part.items, stores=self.services.offers_stores)
        return references.paged(req, "secrets", part.of(shown))

    @Operation(
        "Secret creation",
        rule="secrets:post",
        body=bodies.new_secret,
        id="create_secret",
        examples=_SECRETS,
        answers={201: json_answer("Stored.", answers.SECRET_REFERENCE, location=True)},
    )
    def on_post(self, req: Request, body: bodies.SecretBody) -> Reply:
        """Store a secret, with its payload or for a second step."""
        require_quota(req, self.services, "secrets")
        now = clock.now()
        secret = Secret(
            id=ids.new_id(),
            project_id=req.caller.project_id,
            creator_id=req.caller.user_id,
            name=body.name,
            secret_type=body.secret_type,
            algorithm=body.algorithm,
            bit_length=body.bit_length,
            mode=body.mode,
            expiration=body.expiration,
            content_type=body.content_type,
            created_at=now,
            updated_at=now,
        )
        resources.store_secret(req.uow, self.services.plugins, NewSecret(secret=secret, payload=body.payload))
        location = references.to(req, "secrets", secret.id)
        return Reply({"secret_ref": location}, 201, location)


class SecretController(OfSecret):
    """``/v1/secrets/{secret_id}``."""

    @Operation(
        "Secret retrieval",
        rule=ASKS_ITSELF,
        any_accept=True,
        id="get_secret",
        rules=("secret:get", "secret:decrypt"),
        answers={200: _SECRET},
    )
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any] | Raw:
        """The description; for an Accept that is not JSON's, as of old, the payload."""
        if req.accept_text not in {None, "", "application/json", "*/*"}:
            return read_payload(req, self.services, secret.id)
        self.frame.policy.require("secret:get", req.caller, target_of("secret", secret), "Secret retrieval")
        return serialise.secret(req, secret, stores=self.services.offers_stores)

    @Operation(
        "Secret update",
        rule="secret:put",
        media_types=(content.TEXT, content.OCTETS),
        id="store_secret_payload",
        parameters=(_ENCODING,),
        content=payloads.contents,
        answers={204: NOTHING},
        errors=(409, 411),
    )
    def on_put(self, req: Request, secret: Secret) -> None:
        """The second step: give it its payload, byte for byte."""
        req.require_length()
        payload = req.read_body()
        if not payload:
            raise OperationRefused("No data supplied to process.")
        if len(payload) > self.services.secret_bytes:
            raise PayloadTooLarge
        media_type = req.media_type
        if media_type == content.OCTETS:
            payload = _content_decoded(req, payload)
        elif not content.is_utf8(payload):
            raise InvalidInput("Invalid payload: text/plain must be UTF-8")
        resources.store_payload(req.uow, self.services.plugins, secret, media_type, payload)

    @Operation(
        "Secret deletion",
        rule="secret:delete",
        id="delete_secret",
        parameters=(_FORCE,),
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, secret: Secret) -> None:
        """Remove it with its payload and consumers, out of every container."""
        if req.minor >= microversions.FORCED_DELETE:
            forced = query.strict_bool(req.query, "force")
            # Held, since somebody may be registering at this moment.
            if not forced and (secret.consumers or req.uow.secrets.hold(secret.id).consumers):
                raise OperationRefused("Secret cannot be deleted as it has consumers.")
        resources.delete_secret(req.uow, secret)


class SecretPayloadController(Controller[Services]):
    """``/v1/secrets/{secret_id}/payload``."""

    default_operation = "Secret payload retrieval"

    @Operation(
        "Secret payload retrieval",
        rule=ASKS_ITSELF,
        any_accept=True,
        id="get_secret_payload",
        rules=("secret:decrypt",),
        answers={200: _PAYLOAD},
    )
    def on_get(self, req: Request, secret_id: str) -> Raw:
        """The payload, byte for byte."""
        return read_payload(req, self.services, checked_id(secret_id, "secret"))


class SecretConsumersController(OfSecret):
    """``/v1/secrets/{secret_id}/consumers``."""

    default_operation = "SecretConsumer(s) retrieval"

    @Operation(
        "SecretConsumer(s) retrieval",
        rule="secret_consumers:get",
        id="list_secret_consumers",
        paged=True,
        answers={200: json_answer("One page.", answers.SECRET_CONSUMERS)},
    )
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any]:
        """One page of the secret's consumers."""
        part = req.view.secret_consumers.list(secret.id, req.page)
        return references.paged(req, f"secrets/{secret.id}/consumers", part, serialise.consumer)

    @Operation(
        "SecretConsumer creation",
        rule="secret_consumers:post",
        body=bodies.CONSUMER,
        id="create_secret_consumer",
        examples=_CONSUMERS,
        answers={200: json_answer("The secret with its consumers.", answers.SECRET, location=True)},
    )
    def on_post(self, req: Request, secret: Secret, body: bodies.ConsumerBody) -> Reply:
        """Register a consumer; once more changes nothing."""
        names = (body.service, body.resource_type, body.resource_id)
        location = f"{references.to(req, 'secrets', secret.id)}/consumers"
        if _consumer(secret, names) is not None:
            return Reply(self._shown(req, secret), 200, location)
        require_quota(req, self.services, "consumers")
        consumers = req.uow.secret_consumers
        changed = consumers.register(secret.id, *names, creator_project_id=req.caller.project_id)
        return Reply(self._shown(req, _latest(req, secret.id, changed=changed)), 200, location)

    @Operation(
        "SecretConsumer deletion",
        rule="secret_consumers:delete",
        body=bodies.CONSUMER,
        id="delete_secret_consumer",
        examples=_CONSUMERS,
        answers={200: json_answer("The secret with the consumers that remain.", answers.SECRET)},
    )
    def on_delete(self, req: Request, secret: Secret, body: bodies.ConsumerBody) -> dict[str, Any]:
        """Remove a consumer."""
        names = (body.service, body.resource_type, body.resource_id)
        consumer = _consumer(secret, names)
        if consumer is None:
            raise NotFound("Consumer not found.")
        if req.caller.project_id not in {consumer.creator_project_id, secret.project_id}:
            raise Forbidden("Not Allowed. Sorry, only the creator of a consumer can delete it.")
        changed = req.uow.secret_consumers.remove(secret.id, *names)
        return self._shown(req, _latest(req, secret.id, changed=changed))

    def _shown(self, req: Request, secret: Secret) -> dict[str, Any]:
        return serialise.secret(req, secret, stores=self.services.offers_stores, consumers=True)


def _consumer(secret: Secret, names: tuple[str, str, str]) -> Consumer | None:
    for one in secret.consumers:
        if (one.service, one.resource_type, one.resource_id) == names:
            return one
    return None


def _latest(req: Request, secret_id: str, *, changed: bool) -> Secret:
    """The secret as this transaction has made it, told of where its consumers have changed."""
    latest = req.uow.secrets.get_to_change(secret_id)
    if changed:
        telling.of_secret(req.uow, latest, UPDATED, "consumers")
    return latest


def read_payload(req: Request, services: Services, secret_id: str) -> Raw:
    """A secret's payload in the form that the caller takes, read with one statement."""
    secret, stored = req.view.secrets.get_with_payload(secret_id, req.caller.user_id)
    req.frame.policy.require(
        "secret:decrypt", req.caller, target_of("secret", secret), "Secret payload retrieval"
    )
    if "trans_wrapped_session_key" in req.query and "transport_key_id" not in req.query:
        raise InvalidInput("Transport key wrapped session key has been provided without a transport_key_id")
    if stored is None or secret.content_type is None:
        raise NotFound("Not Found. Sorry but your secret has no payload.")
    payload = resources.get_secret(services.plugins, secret, stored)
    media_type = _negotiated(req, secret.content_type, payload)
    if media_type == content.TEXT and secret.content_type != content.TEXT and not content.is_utf8(payload):
        raise NotAcceptable("Wrong payload content-type")
    return Raw(payload, _spelled(media_type))


def _negotiated(req: Request, stored: str, payload: bytes) -> str:
    """The media type to answer with: what is stored if it is taken, else what it may be read as."""
    accept = req.accept_text
    if not accept:
        return content.OCTETS
    if accept == "*/*":
        return stored
    single = content.normalise(accept)
    if single is not None:
        return single
    others = (content.TEXT, content.OCTETS, content.PKCS8) if content.is_utf8(payload) else content.BINARY
    offers = [stored, *(kind for kind in others if kind != stored)]
    acceptable = req.acceptable([_spelled(offer) for offer in offers])
    if not acceptable:
        raise NotAcceptable("Wrong payload content-type")
    return content.normalise(acceptable[0]) or stored


def _spelled(media_type: str) -> str:
    return "text/plain; charset=utf-8" if media_type == content.TEXT else media_type


def _content_decoded(req: Request, payload: bytes) -> bytes:
    encoding = (req.environ.get("HTTP_CONTENT_ENCODING") or "").strip().lower()
    if not encoding:
        return payload
    if encoding != "base64":
        raise InvalidInput(
            "A payload of application/octet-stream must specify a content-encoding of 'base64'"
        )
    decoded = content.decode_base64(payload)
    if not decoded:
        raise OperationRefused("No data supplied to process.")
    return decoded
