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
_WHITE_SPACE: Final = b" \t\n\r\v\f"


def normalise(media_type: str) -> str | None:
    """The canonical name of a supported media type, None for any other.

    Names are case-insensitive, and ``text/plain`` may say ``charset=utf-8`` (RFC 9110 section 8.3.1).
    """
    return _SPELLINGS.get(media_type) or _SPELLINGS.get(_BLANKS.sub("", media_type).lower())


def decode_base64(text: str | bytes) -> bytes:
    """Decode strictly (RFC 4648 section 4), but for white space, which is dropped.

    The original drops every other character too, and so keeps a shorter key than the caller has sent.

    :raises InvalidInput: on any character outside the alphabet, such as those of base64url or of a ``data:``
        URL, and on bad padding.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        return base64.b64decode(raw.translate(None, _WHITE_SPACE), validate=True)
    except (UnicodeError, binascii.Error):
        raise InvalidInput(
            "Invalid payload: it is not base64 (A-Z a-z 0-9 + / and correct padding)"
        ) from None


def is_utf8(payload: bytes) -> bool:
    """Whether the bytes may be shown as text."""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
