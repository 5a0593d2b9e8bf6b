"""User metadata of secrets."""

from __future__ import annotations

import re
from typing import Final

from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema import LONGEST_TEXT, Fields

_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")


def metadata(body: object) -> dict[str, str]:
    """The schema of PUT /v1/secrets/{id}/metadata."""
    fields = Fields(body, "SecretMetadata")
    given = fields.raw("metadata")
    if not isinstance(given, dict):
        raise fields.fault("metadata", "metadata is not of type 'object'")
    return {_key(key): _value(value) for key, value in given.items()}


def metadatum(body: object) -> tuple[str, str]:
    """The schema of POST /v1/secrets/{id}/metadata and of PUT on one key."""
    fields = Fields(body, "SecretMetadatum")
    fields.forbid_others("key", "value")
    for name in ("key", "value"):
        if name not in fields:
            raise fields.fault(name, f"'{name}' is a required property")
    return _key(fields.raw("key")), _value(fields.raw("value"))


def is_url_safe(key: str) -> bool:
    """Whether a key of user metadata can stand in a path as it is."""
    return _URL_SAFE.fullmatch(key) is not None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = key.strip()
    if not is_url_safe(stripped):
        raise InvalidInput("Invalid Key. Key must be URL safe.")
    if not stripped or len(key) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Key. Key must have 1 to {LONGEST_TEXT} characters.")
    return stripped.lower()


def _value(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = value.strip()
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Value. Value must have at most {LONGEST_TEXT} characters.")
    if "\x00" in stripped:
        raise InvalidInput("Invalid Value. Value holds a NUL character.")
    return stripped
