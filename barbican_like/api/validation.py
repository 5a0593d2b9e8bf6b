"""Request bodies: each schema is a function from parsed JSON to a frozen value.

Strings are stripped first, payloads excepted: bytes in are bytes out. A fault is a SchemaMismatch that
names the field and says what is wrong with its value, never the value of a payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from barbican_like.api.fields import Fields
from barbican_like.common import clock
from barbican_like.common.errors import FieldNotSupported, InvalidInput, TooLarge
from barbican_like.plugin import content

SECRET_TYPES: Final = ("symmetric", "passphrase", "private", "public", "certificate", "opaque")
MEDIA_TYPES: Final = (
    "text/plain",
    "text/plain;charset=utf-8",
    "text/plain; charset=utf-8",
    "application/octet-stream",
    "application/pkcs8",
)
_ORDER_TYPES: Final = ("key", "asymmetric")
_KEY_META: Final = frozenset(
    {"name", "algorithm", "mode", "bit_length", "expiration", "payload_content_type"}
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
class OrderBody:
    """A POST of an order, checked."""

    type: str
    meta: Mapping[str, Any]  # as it will be shown: no passphrase in it
    passphrase: str | None = field(default=None, repr=False)


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
    described = _description(fields)
    content_type, payload = _payload(fields, largest_payload)
    _transport_key(fields)
    return SecretBody(
        **described,
        secret_type=fields.choice("secret_type", SECRET_TYPES, "opaque"),
        content_type=content_type,
        payload=payload,
    )


def order(body: object) -> OrderBody:
    """The schema of POST /v1/orders."""
    fields = Fields(body, "Order")
    kind = fields.choice("type", _ORDER_TYPES)
    if "meta" not in fields:
        raise fields.fault("meta", "'meta' is a required property")
    if not isinstance(fields.raw("meta"), dict):
        raise fields.fault("meta", "meta is not of type 'object'")
    meta = Fields(fields.raw("meta"), "Secret' within 'Order")
    if "payload" in meta:
        raise FieldNotSupported("Invalid property: 'payload' must not be given in an order's meta")
    described = _description(meta)
    for name in ("algorithm", "bit_length"):
        if described[name] is None or described[name] == "":
            raise meta.fault(name, f"'{name}' is a required property")
    _require_whole_bytes(described["algorithm"], described["bit_length"])
    passphrase = _passphrase(meta) if kind == "asymmetric" else None
    return OrderBody(type=kind, meta=_shown_meta(meta, described), passphrase=passphrase)


def consumer(body: object) -> ConsumerBody:
    """The schema of POST and DELETE /v1/secrets/{id}/consumers."""
    fields = Fields(body, "Secret Consumer")
    return ConsumerBody(
        service=fields.required_text("service"),
        resource_type=fields.required_text("resource_type"),
        resource_id=fields.required_text("resource_id"),
    )


def _description(fields: Fields) -> dict[str, Any]:
    return {
        "name": fields.text("name", nullable=True),
        "algorithm": fields.text("algorithm"),
        "mode": fields.text("mode"),
        "bit_length": fields.integer("bit_length", least=1, most=_LARGEST_BIT_LENGTH),
        "expiration": _expiration(fields),
    }


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
    return _supported(fields, spelled)


def _supported(fields: Fields, spelled: str) -> str:
    content_type = content.normalise(spelled)
    if content_type is None:
        raise fields.fault("payload_content_type", f"payload_content_type is not one of {list(MEDIA_TYPES)}")
    return content_type


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


def _require_whole_bytes(algorithm: str, bit_length: int) -> None:
    # The curve P-521 (FIPS 186-5) is the one key whose size is not a number of whole bytes.
    if bit_length % 8 and (algorithm.lower(), bit_length) != ("ec", 521):
        raise FieldNotSupported


def _passphrase(meta: Fields) -> str | None:
    """The passphrase under either name that clients use for it."""
    given = [meta.text(name, nullable=True) for name in ("passphrase", "pass_phrase")]
    found = {passphrase for passphrase in given if passphrase}
    if len(found) > 1:
        raise meta.fault("passphrase", "passphrase and pass_phrase differ")
    return found.pop() if found else None


def _shown_meta(meta: Fields, described: dict[str, Any]) -> dict[str, Any]:
    spelled = meta.text("payload_content_type", nullable=True)
    if spelled:
        _supported(meta, spelled)
    expiration = described["expiration"]
    shown = described | {"expiration": None if expiration is None else expiration.isoformat()}
    shown |= {"payload_content_type": spelled}
    always = {"name", "expiration"}
    return {
        name: value for name, value in shown.items() if name in always or name in meta.names() & _KEY_META
    }
