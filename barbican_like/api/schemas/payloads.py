"""Payloads in a JSON body, with what says what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from barbican_like.common.errors import InvalidInput, TooLarge
from barbican_like.http.openapi.described import Content
from barbican_like.http.schema import Custom, Member, Schema, Text, Where, named
from barbican_like.plugin import content

_SPELLINGS_OF_TEXT: Final = ("text/plain", "text/plain;charset=utf-8", "text/plain; charset=utf-8")
MEDIA_TYPES: Final = (*_SPELLINGS_OF_TEXT, *content.BINARY)
_TEXT: Final = Text()
_BLANK: Final = "If 'payload' specified, must be non empty"
_NO_CONTENT_TYPE: Final = "If 'payload' is supplied, 'payload_content_type' must also be supplied."
_BASE64: Final = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"


def supported_media_type(where: Where, spelled: str) -> str:
    """A payload's content type in the one spelling that is stored.

    :raises SchemaMismatch: when it is none of those that are supported.
    """
    media_type = content.normalise(spelled)
    if media_type is None:
        raise where.fault(f"payload_content_type is not one of {list(MEDIA_TYPES)}")
    return media_type


def of_text(most: int) -> tuple[Member, ...]:
    """A text as it is, blanks included.

    :param most: bytes.
    """
    about = "The text; blanks alone are refused"
    shown = _shown(about, most, pattern=r"[^\s\u001c-\u001f\u0085]")
    return (
        Member("payload", Custom(_payload(most, lambda encoded, _: encoded), shown), required=True),
        _content_type(*_SPELLINGS_OF_TEXT),
        Member("payload_content_encoding", Custom(_no_encoding, {"type": "null"}), kept=False),
    )


def of_bytes(media_type: str, most: int) -> tuple[Member, ...]:
    """Bytes in base64.

    :param most: bytes of its text.
    """
    missing = f"payload_content_encoding must be specified when payload_content_type is {media_type}."
    shown = _shown("The bytes in base64", most, contentEncoding="base64", pattern=f"^{_BASE64}$")

    def encoding(value: object, where: Where) -> None:
        if value is None:
            raise where.fault(missing)
        _require_base64(value, where)

    return (
        Member("payload", Custom(_payload(most, _decoded), shown), required=True),
        _content_type(media_type),
        Member(
            "payload_content_encoding",
            Custom(encoding, {"enum": ["base64"]}),
            required=True,
            missing=missing,
            kept=False,
        ),
    )


def contents(largest_payload: int) -> Mapping[str, Content]:
    """The bodies of a second step, which are a payload as it is.

    :param largest_payload: in bytes.
    """
    size: Schema = {"type": "string", "minLength": 1, "maxLength": largest_payload}
    about = "The payload itself; with Content-Encoding: base64, its base64 form."
    coded = size | {"format": "binary", "description": about}
    return {
        content.TEXT: Content(schema=named("Text", size), examples={"text": "speak, friend"}),
        content.OCTETS: Content(schema=named("Bytes", coded), examples={"bytes": "speak, friend"}),
    }


def _shown(about: str, most: int, **more: str) -> Schema:
    about = f"{about}; at most {most} bytes."
    return {"type": "string", "minLength": 1, "maxLength": most, "description": about, **more}


def _payload(most: int, decoded: Callable[[bytes, Where], bytes]) -> Callable[[object, Where], bytes]:
    def payload(value: object, where: Where) -> bytes:
        if not isinstance(value, str):
            raise where.fault("payload is not of type 'string'")
        if not value.strip():
            raise where.fault(_BLANK)
        encoded = value.encode()
        if len(encoded) > most:
            raise TooLarge
        return decoded(encoded, where)

    return payload


def _decoded(encoded: bytes, where: Where) -> bytes:
    try:
        decoded = content.decode_base64(encoded)
    except InvalidInput:
        raise where.fault("Invalid payload for payload_content_encoding") from None
    if not decoded:
        raise where.fault(_BLANK)
    return decoded


def _content_type(*words: str) -> Member:
    def content_type(value: object, where: Where) -> str:
        spelled = "" if value is None else _TEXT.parse(value, where)
        if not spelled:
            raise where.fault(_NO_CONTENT_TYPE)
        return supported_media_type(where, spelled)

    value: Custom[Any] = Custom(content_type, {"enum": list(words)})
    return Member("payload_content_type", value, required=True, missing=_NO_CONTENT_TYPE, into="content_type")


def _no_encoding(value: object, where: Where) -> None:
    if value is not None:
        _require_base64(value, where)
        raise where.fault(
            "payload_content_encoding must not be specified when payload_content_type is text/plain"
        )


def _require_base64(value: object, where: Where) -> None:
    if _TEXT.parse(value, where).lower() != "base64":
        raise where.fault("payload_content_encoding is not one of ['base64']")
