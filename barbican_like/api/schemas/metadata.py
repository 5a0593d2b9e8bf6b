"""User metadata of secrets."""

from __future__ import annotations

import re
from typing import Any, Final

from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema import (
    BLANK,
    LONGEST_TEXT,
    WHOLE,
    Mapped,
    Member,
    Object,
    Schema,
    Text,
    Value,
    Where,
)

_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")


def is_url_safe(key: str) -> bool:
    """Whether a key of user metadata can stand in a path as it is."""
    return _URL_SAFE.fullmatch(key) is not None


class _Key(Value[str]):
    """A key, kept in lower case. Its faults, and a value's, read as those of the original."""

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The key as it is kept.

        :raises InvalidInput: when it is none.
        """
        if not isinstance(value, str):
            raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
        stripped = value.strip()
        if not is_url_safe(stripped):
            raise InvalidInput("Invalid Key. Key must be URL safe.")
        if not stripped or len(value) > LONGEST_TEXT:
            raise InvalidInput(f"Invalid Key. Key must have 1 to {LONGEST_TEXT} characters.")
        return stripped.lower()

    def json_schema(self) -> Schema:
        """A text of letters, digits, - and _."""
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_TEXT,
            "pattern": f"^[{BLANK}]*[A-Za-z0-9_-]+[{BLANK}]*$",
            "description": "Kept in lower case.",
        }


class _Value(Value[str]):
    """What stands under a key."""

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The text without blanks around it.

        :raises InvalidInput: when it is none, or one that is not usable.
        """
        if not isinstance(value, str):
            raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
        stripped = value.strip()
        if len(value) > LONGEST_TEXT:
            raise InvalidInput(f"Invalid Value. Value must have at most {LONGEST_TEXT} characters.")
        if "\x00" in stripped:
            raise InvalidInput("Invalid Value. Value holds a NUL character.")
        return stripped

    def json_schema(self) -> Schema:
        """Any text."""
        return Text("A value.").json_schema()


def _all(*, metadata: dict[str, str]) -> dict[str, str]:
    return metadata


def _pair(*, key: Any, value: Any) -> tuple[str, str]:
    return key, value


METADATA: Final = Object(
    title="SecretMetadata",
    name="NewMetadata",
    members=(
        Member(
            "metadata",
            Mapped(_Key(), _Value()),
            required=True,
            missing="metadata is not of type 'object'",
        ),
    ),
    make=_all,
)
"""PUT /v1/secrets/{id}/metadata."""

METADATUM: Final = Object(
    title="SecretMetadatum",
    name="NewMetadatum",
    members=(Member("key", _Key(), required=True), Member("value", _Value(), required=True)),
    make=_pair,
    closed=True,
)
"""POST /v1/secrets/{id}/metadata, and PUT on one key."""
