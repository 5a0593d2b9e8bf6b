"""User metadata of secrets."""

from __future__ import annotations

import re
from typing import Any, Final

from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema import LONGEST_TEXT, Custom, Mapped, Member, Object, Text, Where

_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")


def is_url_safe(key: str) -> bool:
    """Whether a key of user metadata can stand in a path as it is."""
    return _URL_SAFE.fullmatch(key) is not None


# The faults of keys and values read as those of the original.
def _key(value: object, _where: Where) -> str:
    if not isinstance(value, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = value.strip()
    if not is_url_safe(stripped):
        raise InvalidInput("Invalid Key. Key must be URL safe.")
    if not stripped or len(value) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Key. Key must have 1 to {LONGEST_TEXT} characters.")
    return stripped.lower()


def _value(value: object, _where: Where) -> str:
    if not isinstance(value, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = value.strip()
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Value. Value must have at most {LONGEST_TEXT} characters.")
    if "\x00" in stripped:
        raise InvalidInput("Invalid Value. Value holds a NUL character.")
    return stripped


_KEY: Final = Custom(_key, Text("Kept in lower case.", shortest=1, pattern="[A-Za-z0-9_-]+").json_schema())
_VALUE: Final = Custom(_value, Text("A value.").json_schema())


def _all(*, metadata: dict[str, str]) -> dict[str, str]:
    return metadata


def _pair(*, key: Any, value: Any) -> tuple[str, str]:
    return key, value


METADATA: Final = Object(
    title="SecretMetadata",
    name="NewMetadata",
    members=(
        Member("metadata", Mapped(_KEY, _VALUE), required=True, missing="metadata is not of type 'object'"),
    ),
    make=_all,
)
"""PUT /v1/secrets/{id}/metadata."""

METADATUM: Final = Object(
    title="SecretMetadatum",
    name="NewMetadatum",
    members=(Member("key", _KEY, required=True), Member("value", _VALUE, required=True)),
    make=_pair,
    closed=True,
)
"""POST /v1/secrets/{id}/metadata, and PUT on one key."""
