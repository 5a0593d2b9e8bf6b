"""Media types of payloads, and the way between a request's text and the bytes that are kept.

Bytes in are bytes out: base64 is only how a JSON body carries them.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from barbican_like.common.errors import InvalidInput

TEXT: Final = "text/plain"
OCTETS: Final = "application/octet-stream"
PKCS8: Final = "application/pkcs8"
BINARY: Final = (OCTETS, PKCS8)

_SPELLINGS: Final = {
    "text/plain": TEXT,
    "text/plain;charset=utf-8": TEXT,
    'text/plain;charset="utf-8"': TEXT,
    "application/octet-stream": OCTETS,
    "application/pkcs8": PKCS8,
}
_BLANKS: Final = re.compile(r"[ \t]+")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=]")


def normalise(media_type: str) -> str | None:
    """The canonical name of a supported media type, None for any other.

    Names are case-insensitive, and ``text/plain`` may say ``charset=utf-8`` (RFC 9110 section 8.3.1).
    """
    return _SPELLINGS.get(media_type) or _SPELLINGS.get(_BLANKS.sub("", media_type).lower())


def decode_base64(text: str | bytes) -> bytes:
    """Decode leniently: characters outside the alphabet are dropped, as the original does.

    :raises InvalidInput: on characters outside ASCII and on bad padding.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        raw.decode("ascii")
        return base64.b64decode(_NOT_BASE64.sub(b"", raw), validate=True)
    except (UnicodeError, binascii.Error):
        raise InvalidInput("Invalid payload: it is not base64 (ASCII with correct padding)") from None


def is_utf8(payload: bytes) -> bool:
    """Whether the bytes may be shown as text."""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
