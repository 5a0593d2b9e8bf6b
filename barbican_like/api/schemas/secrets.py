"""Secrets and their consumers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from barbican_like.api.schemas.payloads import (
    SPELLINGS_OF_TEXT,
    Base64Payload,
    ContentType,
    Encoding,
    NoEncoding,
    TextPayload,
)
from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema import (
    WHOLE,
    Absent,
    FutureTime,
    Integer,
    Member,
    Nullable,
    Object,
    OneOf,
    Schema,
    Text,
    Union,
    Value,
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


class _NoTransportKeyNeeded(Value[None]):
    """No store here offers a transport key, so asking for one cannot succeed."""

    def parse(self, value: object, where: Where = WHOLE) -> None:
        """Nothing, where none is asked for.

        :raises InvalidInput: where one is.
        """
        word = None if value is None else _TEXT.parse(value, where).lower()
        if word not in {None, "true", "false"}:
            raise where.fault("transport_key_needed is not one of ['true', 'false']")
        if word == "true":
            raise InvalidInput("transport_key_needed: no secret store in use offers a transport key")

    def json_schema(self) -> Schema:
        """No."""
        about = "`true` is refused: no store here offers a transport key."
        return {"enum": ["false", None], "description": about}


class _NoTransportKey(Value[None]):
    """Naming a transport key cannot succeed either."""

    def parse(self, value: object, where: Where = WHOLE) -> None:
        """Refuse.

        :raises InvalidInput: always.
        """
        _TEXT.parse(value, where)
        raise InvalidInput("transport_key_id: there is no transport key with this id")

    def json_schema(self) -> Schema:
        """What nothing can be."""
        return {"not": {}, "description": "Refused: no store here offers a transport key."}


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

_LABELS: Final = (
    Member("transport_key_needed", _NoTransportKeyNeeded(), kept=False),
    Member("transport_key_id", _NoTransportKey()),
    Member("secret_type", OneOf(SECRET_TYPES, "A label; the payload is not looked at."), default="opaque"),
)


def _case(name: str, about: str, *payload: Member) -> Object[SecretBody]:
    return Object(
        title="Secret", name=name, about=about, members=(*DESCRIPTION, *payload, *_LABELS), make=SecretBody
    )


def _absent(name: str) -> Member:
    return Member(name, Absent(f"payload must be provided when {name} is supplied."))


def _given(payload: Value[bytes], words: tuple[str, ...]) -> tuple[Member, Member]:
    content_type = ContentType(words)
    return (
        Member("payload", payload, required=True),
        Member(
            "payload_content_type",
            content_type,
            required=True,
            missing=content_type.missing,
            into="content_type",
        ),
    )


def _binary(name: str, media_type: str, most: int) -> Object[SecretBody]:
    encoding = Encoding(media_type)
    return _case(
        name,
        f"A secret with bytes that are {media_type}.",
        *_given(Base64Payload(most), (media_type,)),
        Member("payload_content_encoding", encoding, required=True, missing=encoding.missing, kept=False),
    )


def new_secret(largest_payload: int) -> Union[SecretBody]:
    """POST /v1/secrets.

    :param largest_payload: in bytes; of a base64 payload its text counts. One that is larger is a TooLarge.
    """
    without = _case(
        "SecretWithoutPayload",
        "A secret whose payload comes with a PUT, in a second step.",
        Member("payload", Absent("payload must come with its content type")),
        _absent("payload_content_type"),
        _absent("payload_content_encoding"),
    )
    text = _case(
        "TextSecret",
        "A secret with a text.",
        *_given(TextPayload(largest_payload), SPELLINGS_OF_TEXT),
        Member("payload_content_encoding", NoEncoding(), kept=False),
    )
    cases = {
        content.TEXT: text,
        content.OCTETS: _binary("BinarySecret", content.OCTETS, largest_payload),
        content.PKCS8: _binary("Pkcs8Secret", content.PKCS8, largest_payload),
    }

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
