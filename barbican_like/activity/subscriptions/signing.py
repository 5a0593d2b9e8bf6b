"""Signatures as Standard Webhooks 1.0.0 has them.

A message is signed as ``id.timestamp.body`` with HMAC-SHA256. While a key is replaced the old one signs too,
so the header holds several signatures, and a receiver looks for one that fits.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

_KEY_BYTES: Final = 32  # the standard wants 24 to 64
_PREFIX: Final = "whsec_"


def new_key() -> bytes:
    """A fresh key."""
    return secrets.token_bytes(_KEY_BYTES)


def shown(key: bytes) -> str:
    """A key as its owner gets it, once. Returns what is secret."""
    return _PREFIX + base64.b64encode(key).decode()


def headers(message_id: str, timestamp: int, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The headers of a message.

    :param message_id: the same in every try.
    :param timestamp: of this try, in seconds of Unix time.
    :param keys: each signs.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    signatures = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
