"""Secrets and their consumers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from barbican_like.api.schemas import payloads
from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema import (
    Absent,
    Custom,
    FutureTime,
    Integer,
    Member,
    Nullable,
    Object,
    OneOf,
    Schema,
    Text,
    Union,
    Where,
)
from barbican_like.plugin import content

SECRET_TYPES: Final = ("symmetric", "passphrase", "private", "public", "certificate", "opaque")
LARGEST_BIT_LENGTH: Final = 32_767
_USE: Final = Text("What the secret is for, in any words.")
_TEXT: Final = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretBody:
    """A POST of a secret, checked."""

    name: str | None = None
    algorithm: str | None = None
    mode: str | None = None
    bit_length: int | None = None
    expiration: datetime | None = None
    secret_type: str
    content_type: str | None = None
    payload: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerBody:
    """A consumer of a secret, checked."""

    service: str
    resource_type: str
    resource_id: str


# No store here offers a transport key, so neither asking for one nor naming one can succeed.
def _no_transport_key_needed(value: object, where: Where) -> None:
    word = None if value is None else _TEXT.parse(value, where).lower()
    if word not in {None, "true", "false"}:
        raise where.fault("transport_key_needed is not one of ['true', 'false']")
    if word == "true":
        raise InvalidInput("transport_key_needed: no secret store in use offers a transport key")


def _no_transport_key(value: object, where: Where) -> None:
    _TEXT.parse(value, where)
    raise InvalidInput("transport_key_id: there is no transport key with this id")


DESCRIPTION: Final = (
    Member("name", Nullable(Text("A name; it need not be the only one."))),
    Member("algorithm", _USE),
    Member("mode", _USE),
    Member("bit_length", Integer(least=1, most=LARGEST_BIT_LENGTH)),
    Member(
        "expiration",
        FutureTime("ISO 8601, in the future; UTC unless it has an offset. Null or empty: it never expires."),
    ),
)
"""What secrets and the keys that are ordered have in common."""

_REFUSED: Final = "is refused: no store here offers a transport key."
_NEEDED: Final[Schema] = {"enum": ["false", None], "description": f"`true` {_REFUSED}"}
_LABELS: Final = (
    Member("transport_key_needed", Custom(_no_transport_key_needed, _NEEDED), kept=False),
    Member("transport_key_id", Custom(_no_transport_key, {"not": {}, "description": f"It {_REFUSED}"})),
    Member("secret_type", OneOf(SECRET_TYPES, "A label; the payload is not looked at."), default="opaque"),
)


def _case(name: str, about: str, payload: tuple[Member, ...]) -> Object[SecretBody]:
    members = (*DESCRIPTION, *payload, *_LABELS)
    return Object(title="Secret", name=name, about=about, members=members, make=SecretBody)


def _absent(name: str) -> Member:
    return Member(name, Absent(f"payload must be provided when {name} is supplied."))


def new_secret(largest_payload: int) -> Union[SecretBody]:
    """POST /v1/secrets.

    :param largest_payload: in bytes; of a base64 payload its text counts. One that is larger is a TooLarge.
    """
    without = _case(
        "SecretWithoutPayload",
        "A secret whose payload comes with a PUT, in a second step.",
        tuple(_absent(name) for name in ("payload", "payload_content_type", "payload_content_encoding")),
    )
    text = _case("TextSecret", "A secret with a text.", payloads.of_text(largest_payload))
    cases = {content.TEXT: text}
    for name, media_type in (("BinarySecret", content.OCTETS), ("Pkcs8Secret", content.PKCS8)):
        about = f"A secret with bytes that are {media_type}."
        cases[media_type] = _case(name, about, payloads.of_bytes(media_type, largest_payload))

    def select(body: Mapping[str, Any]) -> Object[SecretBody]:
        if "payload" not in body:
            return without
        spelled = body.get("payload_content_type")
        # One that is none is refused by any case; before that, the payload is looked at.
        return (
            cases.get(content.normalise(spelled) or content.TEXT, text) if isinstance(spelled, str) else text
        )

    return Union(title="Secret", name="NewSecret", select=select, cases=(without, *cases.values()))


CONSUMER: Final = Object(
    title="Secret Consumer",
    name="NewSecretConsumer",
    members=(
        Member("service", Text("The service, such as `glance`.", shortest=1), required=True),
        Member(
            "resource_type",
            Text("The kind of thing that uses the secret, such as `image`.", shortest=1),
            required=True,
        ),
        Member("resource_id", Text("That thing's id.", shortest=1), required=True),
    ),
    make=ConsumerBody,
)
"""POST and DELETE /v1/secrets/{id}/consumers."""
