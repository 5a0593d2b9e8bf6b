"""Secrets and their consumers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from barbican_like.common import clock
from barbican_like.common.errors import InvalidInput, TooLarge
from barbican_like.http.schema import Fields
from barbican_like.plugin import content

SECRET_TYPES: Final = ("symmetric", "passphrase", "private", "public", "certificate", "opaque")
MEDIA_TYPES: Final = (
    "text/plain",
    "text/plain;charset=utf-8",
    "text/plain; charset=utf-8",
    "application/octet-stream",
    "application/pkcs8",
)
_LARGEST_BIT_LENGTH: Final = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretBody:
    """A POST of a secret, checked."""

    name: str | None
    algorithm: str | None
    mode: str | None
    bit_length: int | None
    expiration: datetime | None
    secret_type: str
    content_type: str | None
    payload: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerBody:
    """A consumer of a secret, checked."""

    service: str
    resource_type: str
    resource_id: str


def secret(body: object, largest_payload: int) -> SecretBody:
    """The schema of POST /v1/secrets.

    :param largest_payload: in bytes; of a base64 payload its text counts.
    :raises TooLarge: when the payload is larger.
    """
    fields = Fields(body, "Secret")
    described = description(fields)
    content_type, payload = _payload(fields, largest_payload)
    _transport_key(fields)
    return SecretBody(
        **described,
        secret_type=fields.choice("secret_type", SECRET_TYPES, "opaque"),
        content_type=content_type,
        payload=payload,
    )


def consumer(body: object) -> ConsumerBody:
    """The schema of POST and DELETE /v1/secrets/{id}/consumers."""
    fields = Fields(body, "Secret Consumer")
    return ConsumerBody(
        service=fields.required_text("service"),
        resource_type=fields.required_text("resource_type"),
        resource_id=fields.required_text("resource_id"),
    )


def description(fields: Fields) -> dict[str, Any]:
    """What secrets and the keys that are ordered have in common."""
    return {
        "name": fields.text("name", nullable=True),
        "algorithm": fields.text("algorithm"),
        "mode": fields.text("mode"),
        "bit_length": fields.integer("bit_length", least=1, most=_LARGEST_BIT_LENGTH),
        "expiration": _expiration(fields),
    }


def supported_media_type(fields: Fields, spelled: str) -> str:
    """A payload's content type in the one spelling that is stored.

    :raises SchemaMismatch: when it is none of those that are supported.
    """
    content_type = content.normalise(spelled)
    if content_type is None:
        raise fields.fault("payload_content_type", f"payload_content_type is not one of {list(MEDIA_TYPES)}")
    return content_type


def _expiration(fields: Fields) -> datetime | None:
    text = fields.text("expiration", nullable=True)
    if not text:
        return None
    try:
        moment = clock.to_naive_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise fields.fault("expiration", "Invalid date for 'expiration'") from None
    if moment <= clock.now():
        raise fields.fault("expiration", "'expiration' is before current time")
    return moment


def _payload(fields: Fields, largest: int) -> tuple[str | None, bytes | None]:
    """Content type and bytes of a one-step payload."""
    if "payload" not in fields:
        if "payload_content_type" in fields:
            raise fields.fault(
                "payload_content_type", "payload must be provided when payload_content_type is supplied."
            )
        if "payload_content_encoding" in fields:
            raise fields.fault(
                "payload_content_encoding",
                "payload must be provided when payload_content_encoding is supplied.",
            )
        return None, None
    text = fields.raw("payload")
    if not isinstance(text, str):
        raise fields.fault("payload", "payload is not of type 'string'")
    if not text.strip():
        raise fields.fault("payload", "If 'payload' specified, must be non empty")
    if len(text.encode()) > largest:
        raise TooLarge
    content_type = _content_type(fields)
    return content_type, _decode(fields, text, content_type)


def _content_type(fields: Fields) -> str:
    spelled = fields.text("payload_content_type", nullable=True)
    if not spelled:
        raise fields.fault(
            "payload_content_type", "If 'payload' is supplied, 'payload_content_type' must also be supplied."
        )
    return supported_media_type(fields, spelled)


def _decode(fields: Fields, text: str, content_type: str) -> bytes:
    encoding = fields.text("payload_content_encoding", nullable=True)
    if encoding is not None and encoding.lower() != "base64":
        raise fields.fault("payload_content_encoding", "payload_content_encoding is not one of ['base64']")
    if content_type == content.TEXT:
        if encoding is not None:
            raise fields.fault(
                "payload_content_encoding",
                "payload_content_encoding must not be specified when payload_content_type is text/plain",
            )
        return text.encode()
    if encoding is None:
        raise fields.fault(
            "payload_content_encoding",
            f"payload_content_encoding must be specified when payload_content_type is {content_type}.",
        )
    try:
        decoded = content.decode_base64(text)
    except InvalidInput:
        raise fields.fault("payload", "Invalid payload for payload_content_encoding") from None
    if not decoded:
        raise fields.fault("payload", "If 'payload' specified, must be non empty")
    return decoded


def _transport_key(fields: Fields) -> None:
    """No store here offers a transport key, so neither asking for one nor naming one can succeed."""
    needed = fields.text("transport_key_needed", nullable=True)
    if needed is not None and needed.lower() not in {"true", "false"}:
        raise fields.fault("transport_key_needed", "transport_key_needed is not one of ['true', 'false']")
    if needed is not None and needed.lower() == "true":
        raise InvalidInput("transport_key_needed: no secret store in use offers a transport key")
    if fields.text("transport_key_id") is not None:
        raise InvalidInput("transport_key_id: there is no transport key with this id")
