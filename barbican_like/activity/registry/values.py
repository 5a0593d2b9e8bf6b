"""Kinds of values that properties have: each says what is wrong with a value, and its JSON Schema."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from barbican_like.activity.registry.urns import LONGEST, SHORTNAME, BadUrn, UrnKind, parse

Schema = dict[str, Any]
LONGEST_TEXT: Final = 1_000
LAST_SECOND: Final = 253_402_300_799
"""Unix seconds: the end of the year 9999."""

_EMAIL: Final = r"[^\s@<>,;:\"()\u0000-\u001f\u007f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
_LONGEST_EMAIL: Final = 254
_PRIVATE: Final = "PRIVATE KEY-----"


class Unusable(ValueError):
    """A value that is not usable.

    :param reason: what is wrong, without the value.
    :param at: the number of the element that is, of a list.
    """

    def __init__(self, reason: str, at: int | None = None) -> None:
        self.reason = reason
        self.at = at
        super().__init__(reason)


class Kind(ABC):
    """A kind of value."""

    __slots__ = ()

    @abstractmethod
    def clean(self, value: object) -> Any:
        """The value as it is stored.

        :raises Unusable: saying what is wrong with it.
        """

    @property
    @abstractmethod
    def schema(self) -> Schema:
        """The JSON Schema of what it takes."""


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A text without blanks around it."""

    longest: int = LONGEST_TEXT
    pattern: str = ""  # an expression that Python and ECMA 262 share

    def clean(self, value: object) -> str:
        """The text without blanks around it."""
        if not isinstance(value, str):
            raise Unusable("is not of type 'string'")
        text = value.strip()
        if "\x00" in text:
            raise Unusable("holds a NUL character")
        if not 1 <= len(text) <= self.longest or len(value) > self.longest:
            raise Unusable(f"has not from 1 to {self.longest} characters")
        if self.pattern and re.fullmatch(self.pattern, text) is None:
            raise Unusable(f"does not match {self.pattern}")
        return text

    @property
    def schema(self) -> Schema:
        """A string in bounds."""
        pattern = f"^(?:{self.pattern})$" if self.pattern else r"^[^\u0000]*[^\u0000\s][^\u0000]*$"
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": pattern}


@dataclass(frozen=True, slots=True)
class Address(Kind):
    """An absolute http or https URL."""

    def clean(self, value: object) -> str:
        """The URL."""
        text = Text().clean(value)
        try:
            parts = urlsplit(text)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
        except ValueError:
            usable = False
        if not usable:
            raise Unusable("is no http or https URL")
        return text

    @property
    def schema(self) -> Schema:
        """A URI."""
        return {"type": "string", "format": "uri", "maxLength": LONGEST_TEXT, "pattern": "^https?://[a-z0-9]"}


@dataclass(frozen=True, slots=True)
class PublicKey(Kind):
    """A public key as a text. A private one has no place here."""

    def clean(self, value: object) -> str:
        """The key."""
        text = Text().clean(value)
        if _PRIVATE in text:
            raise Unusable("is a private key: nobody must have it but its owner")
        return text

    @property
    def schema(self) -> Schema:
        """A string in bounds."""
        return Text().schema


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """True or false."""

    def clean(self, value: object) -> bool:
        """Which of them."""
        if not isinstance(value, bool):
            raise Unusable("is not of type 'boolean'")
        return value

    @property
    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number."""

    least: int
    most: int = LAST_SECOND

    def clean(self, value: object) -> int:
        """The number; 256.0 is 256, as JSON Schema has it."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unusable("is not of type 'integer'")
        if not self.least <= value <= self.most:
            raise Unusable(f"is out of range: {self.least} to {self.most}")
        return value

    @property
    def schema(self) -> Schema:
        """An integer in bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Link(Kind):
    """The name of another thing."""

    kind: UrnKind

    def clean(self, value: object) -> str:
        """The name."""
        if not isinstance(value, str):
            raise Unusable("is not of type 'string'")
        try:
            urn = parse(value.strip())
        except BadUrn as error:
            raise Unusable(str(error)) from None
        if urn.kind is not self.kind:
            raise Unusable(f"is not the name of a {self.kind.value}")
        return str(urn)

    @property
    def schema(self) -> Schema:
        """A URN of that type."""
        component = SHORTNAME
        name = "sa" if self.kind is UrnKind.AUTHORITY else component
        pattern = rf"^urn:publicid:IDN\+{component}(:{component})*\+{self.kind.value}\+{name}$"
        return {"type": "string", "maxLength": LONGEST, "pattern": pattern}


@dataclass(frozen=True, slots=True)
class Many(Kind):
    """A list of values, each once."""

    of: Kind
    most: int = 1_000

    def clean(self, value: object) -> tuple[Any, ...]:
        """The values in their order, those that come again left out."""
        if not isinstance(value, list | tuple):
            raise Unusable("is not of type 'array'")
        if len(value) > self.most:
            raise Unusable(f"has more than {self.most} elements")
        cleaned: dict[Any, None] = {}
        for number, element in enumerate(value):
            try:
                cleaned[self.of.clean(element)] = None
            except Unusable as error:
                raise Unusable(error.reason, number) from None
        return tuple(cleaned)

    @property
    def schema(self) -> Schema:
        """An array."""
        return {"type": "array", "items": self.of.schema, "maxItems": self.most}


EMAIL: Final = Text(_LONGEST_EMAIL, _EMAIL)
SHORT: Final = Text(64, SHORTNAME)
