"""Secrets: their descriptions, their payloads, their consumers."""

from __future__ import annotations

from typing import Any

from barbican_like.api import filters, microversions, serialise
from barbican_like.api.controllers.lookups import OfSecret, checked_id, target_of
from barbican_like.api.controllers.quotas import require_quota
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
from barbican_like.http import query, references
from barbican_like.http.controller import ASKS_ITSELF, Controller, Raw, Reply, operation
from barbican_like.http.request import Request
from barbican_like.model.models import Secret
from barbican_like.plugin import content, resources
from barbican_like.plugin.resources import NewSecret


def _new_secret(body: object, services: Services) -> bodies.SecretBody:
    return bodies.secret(body, services.secret_bytes)


def _consumer(body: object, _services: Services) -> bodies.ConsumerBody:
    return bodies.consumer(body)


class SecretsController(Controller[Services]):
    """``/v1/secrets``."""

    default_operation = "Secret(s) retrieval"

    @operation("Secret(s) retrieval", rule="secrets:get")
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the project's secrets."""
        wanted = filters.secret_filter(req.query)
        found, total = req.view.secrets.list(
            req.caller.project_id,
            wanted,
            req.page,
            req.caller.user_id,
            with_consumers=req.minor >= microversions.CONSUMERS,
        )
        return references.paged(req, "secrets", [serialise.secret(req, item) for item in found], total)

    @operation("Secret creation", rule="secrets:post", body=_new_secret)
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

    @operation("Secret retrieval", rule=ASKS_ITSELF, any_accept=True)
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any] | Raw:
        """The description; for an Accept that is not JSON's, as of old, the payload."""
        if req.accept_text not in {None, "", "application/json", "*/*"}:
            return read_payload(req, self.services, secret.id)
        self.frame.policy.require("secret:get", req.caller, target_of("secret", secret), "Secret retrieval")
        return serialise.secret(req, secret)

    @operation("Secret update", rule="secret:put", media_types=(content.TEXT, content.OCTETS))
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

    @operation("Secret deletion", rule="secret:delete")
    def on_delete(self, req: Request, secret: Secret) -> None:
        """Remove it with its payload and consumers, out of every container."""
        if req.minor >= microversions.FORCED_DELETE:
            forced = query.strict_bool(req.query, "force")
            if secret.consumers and not forced:
                raise OperationRefused("Secret cannot be deleted as it has consumers.")
        resources.delete_secret(req.uow, secret)


class SecretPayloadController(Controller[Services]):
    """``/v1/secrets/{secret_id}/payload``."""

    default_operation = "Secret payload retrieval"

    @operation("Secret payload retrieval", rule=ASKS_ITSELF, any_accept=True)
    def on_get(self, req: Request, secret_id: str) -> Raw:
        """The payload, byte for byte."""
        return read_payload(req, self.services, checked_id(secret_id, "secret"))


class SecretConsumersController(OfSecret):
    """``/v1/secrets/{secret_id}/consumers``."""

    default_operation = "SecretConsumer(s) retrieval"

    @operation("SecretConsumer(s) retrieval", rule="secret_consumers:get")
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any]:
        """One page of the secret's consumers."""
        found, total = req.view.secret_consumers.list(secret.id, req.page)
        path = f"secrets/{secret.id}/consumers"
        return references.paged(req, path, [serialise.consumer(item) for item in found], total)

    @operation("SecretConsumer creation", rule="secret_consumers:post", body=_consumer)
    def on_post(self, req: Request, secret: Secret, body: bodies.ConsumerBody) -> dict[str, Any]:
        """Register a consumer; once more changes nothing."""
        names = (body.service, body.resource_type, body.resource_id)
        if req.view.secret_consumers.find(secret.id, *names) is None:
            require_quota(req, self.services, "consumers")
            req.uow.secret_consumers.register(secret.id, *names, creator_project_id=req.caller.project_id)
        return serialise.secret(req, req.uow.secrets.get(secret.id), consumers=True)

    @operation("SecretConsumer deletion", rule="secret_consumers:delete", body=_consumer)
    def on_delete(self, req: Request, secret: Secret, body: bodies.ConsumerBody) -> dict[str, Any]:
        """Remove a consumer."""
        names = (body.service, body.resource_type, body.resource_id)
        consumer = req.view.secret_consumers.find(secret.id, *names)
        if consumer is None:
            raise NotFound("Consumer not found.")
        if req.caller.project_id not in {consumer.creator_project_id, secret.project_id}:
            raise Forbidden("Not Allowed. Sorry, only the creator of a consumer can delete it.")
        req.uow.secret_consumers.remove(secret.id, *names)
        return serialise.secret(req, req.uow.secrets.get(secret.id), consumers=True)


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
    media_type = _negotiated(req, secret.content_type)
    payload = resources.get_secret(services.plugins, secret, stored)
    if media_type == content.TEXT and secret.content_type != content.TEXT and not content.is_utf8(payload):
        raise NotAcceptable("Wrong payload content-type")
    return Raw(payload, _spelled(media_type))


def _negotiated(req: Request, stored: str) -> str:
    """The media type to answer with: what is stored if it is taken, else what it may be read as."""
    accept = req.accept_text
    if not accept:
        return content.OCTETS
    if accept == "*/*":
        return stored
    single = content.normalise(accept)
    if single is not None:
        return single
    offers = [stored, *(kind for kind in (content.TEXT, content.OCTETS, content.PKCS8) if kind != stored)]
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
