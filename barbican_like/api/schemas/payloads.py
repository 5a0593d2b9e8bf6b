"""Payloads in a JSON body, with what says what they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from barbican_like.common.errors import InvalidInput, TooLarge
from barbican_like.http.openapi.described import Content
from barbican_like.http.schema import WHOLE, Schema, Text, Value, Where, named
from barbican_like.plugin import content

SPELLINGS_OF_TEXT: Final = ("text/plain", "text/plain;charset=utf-8", "text/plain; charset=utf-8")
MEDIA_TYPES: Final = (*SPELLINGS_OF_TEXT, *content.BINARY)
_TEXT: Final = Text()
_BLANK: Final = "If 'payload' specified, must be non empty"
_BASE64: Final = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"


def supported_media_type(where: Where, spelled: str) -> str:
    """A payload's content type in the one spelling that is stored.

    :raises SchemaMismatch: when it is none of those that are supported.
    """
    media_type = content.normalise(spelled)
    if media_type is None:
        raise where.fault(f"payload_content_type is not one of {list(MEDIA_TYPES)}")
    return media_type


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


@dataclass(frozen=True, slots=True)
class _Payload(Value[bytes]):
    most: int  # bytes of its text

    about: ClassVar[str]
    pattern: ClassVar[dict[str, Any]]

    def parse(self, value: object, where: Where = WHOLE) -> bytes:
        """Its bytes.

        :raises SchemaMismatch: when it is no text, or an empty one.
        :raises TooLarge: when it is over the limit.
        """
        if not isinstance(value, str):
            raise where.fault("payload is not of type 'string'")
        if not value.strip():
            raise where.fault(_BLANK)
        encoded = value.encode()
        if len(encoded) > self.most:
            raise TooLarge
        return self._decoded(encoded, where)

    @abstractmethod
    def _decoded(self, encoded: bytes, where: Where) -> bytes: ...

    def json_schema(self) -> Schema:
        """A text in bounds."""
        about = f"{self.about}; at most {self.most} bytes."
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.most,
            "description": about,
            **self.pattern,
        }


class TextPayload(_Payload):
    """A text as it is, blanks included."""

    __slots__ = ()
    about = "The text; blanks alone are refused"
    pattern: ClassVar = {"pattern": r"[^\s\u001c-\u001f\u0085]"}

    def _decoded(self, encoded: bytes, where: Where) -> bytes:
        return encoded


class Base64Payload(_Payload):
    """Bytes."""

    __slots__ = ()
    about = "The bytes in base64"
    pattern: ClassVar = {"contentEncoding": "base64", "pattern": f"^{_BASE64}$"}

    def _decoded(self, encoded: bytes, where: Where) -> bytes:
        try:
            decoded = content.decode_base64(encoded)
        except InvalidInput:
            raise where.fault("Invalid payload for payload_content_encoding") from None
        if not decoded:
            raise where.fault(_BLANK)
        return decoded


@dataclass(frozen=True, slots=True)
class ContentType(Value[str]):
    """What a payload is."""

    words: tuple[str, ...]  # as the document spells it

    missing: ClassVar = "If 'payload' is supplied, 'payload_content_type' must also be supplied."

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The one spelling that is stored.

        :raises SchemaMismatch: when it is none that is supported.
        """
        spelled = "" if value is None else _TEXT.parse(value, where)
        if not spelled:
            raise where.fault(self.missing)
        return supported_media_type(where, spelled)

    def json_schema(self) -> Schema:
        """Its usual spellings."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Encoding(Value[None]):
    """The way in which a payload of bytes is written: base64."""

    media_type: str

    @property
    def missing(self) -> str:
        """What is said where it is not."""
        return f"payload_content_encoding must be specified when payload_content_type is {self.media_type}."

    def parse(self, value: object, where: Where = WHOLE) -> None:
        """Nothing: there is but one.

        :raises SchemaMismatch: when it is another, or none.
        """
        if value is None:
            raise where.fault(self.missing)
        _require_base64(value, where)

    def json_schema(self) -> Schema:
        """The one word."""
        return {"enum": ["base64"]}


class NoEncoding(Value[None]):
    """A text is written as it is."""

    def parse(self, value: object, where: Where = WHOLE) -> None:
        """Nothing.

        :raises SchemaMismatch: when there is one.
        """
        if value is not None:
            _require_base64(value, where)
            raise where.fault(
                "payload_content_encoding must not be specified when payload_content_type is text/plain"
            )

    def json_schema(self) -> Schema:
        """Null."""
        return {"type": "null"}


def _require_base64(value: object, where: Where) -> None:
    if _TEXT.parse(value, where).lower() != "base64":
        raise where.fault("payload_content_encoding is not one of ['base64']")
