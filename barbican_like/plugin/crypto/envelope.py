"""The format of every sealed value.

::

    offset  bytes  what
    0       1      version, 1
    1       1      algorithm, 1 = HKDF-SHA512 (RFC 5869) + AES-256-GCM (NIST SP 800-38D)
    2       16     id of the key that seals
    18      24     salt, random
    42      32     commitment to the key
    74      n      ciphertext
    74+n    16     GCM tag

HKDF over the sealing key, with the salt and the domain ``barbican-like/seal/1``, yields 64 bytes: a
key that is used once, and the commitment.

Why this way:

* One-use keys. GCM with random 96-bit nonces allows 2^32 messages a key; here each message has its
  own key, so the nonce is all zeros, and two messages would share a key only if two random 192-bit
  salts were equal: after 2^64 messages under one key with a chance of 2^-65.
* The commitment is compared, in constant time, before anything is opened. GCM alone does not commit
  to its key: one ciphertext can be made that opens under two keys (RFC 9771 section 4.3.3).
* Associated data are the header and a list of fields, each with its length before it, so that no two
  lists have the same bytes. What belongs into the list is said by the caller: see ``associated``.

Limits: a plaintext of at most 2^36 - 31 bytes (GCM); here callers cap it at 1 MiB. Overhead: 90 bytes.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from barbican_like.common.errors import IntegrityFailure

KEY_BYTES: Final = 32
ID_BYTES: Final = 16
OVERHEAD: Final = 90
LARGEST: Final = 1 << 20

_VERSION_AND_ALGORITHM: Final = b"\x01\x01"
_KEY_ID: Final = slice(2, 18)
_SALT: Final = slice(18, 42)
_COMMITMENT: Final = slice(42, 74)
_BODY: Final = slice(74, None)
_DOMAIN: Final = b"barbican-like/seal/1"
_ZERO_NONCE: Final = bytes(12)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A 256-bit key with the id that its seals carry."""

    id: bytes  # 16 bytes, public
    secret: bytes = field(repr=False)  # 32 bytes

    def __post_init__(self) -> None:
        if len(self.id) != ID_BYTES or len(self.secret) != KEY_BYTES:
            raise ValueError("a sealing key has an id of 16 bytes and a secret of 32")


def random_key() -> bytes:
    """A fresh 256-bit key from the operating system."""
    return os.urandom(KEY_BYTES)


def associated(*fields: str | bytes) -> bytes:
    """The canonical bytes of a list of fields: each one's length (4 bytes, big endian), then itself."""
    parts = []
    for item in fields:
        encoded = item.encode() if isinstance(item, str) else item
        parts.append(len(encoded).to_bytes(4, "big") + encoded)
    return b"".join(parts)


def seal(key: SealingKey, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt ``plaintext`` so that it opens only under ``key`` and the same ``context``.

    :param context: from :func:`associated`.
    :raises ValueError: when the plaintext is over 1 MiB.
    """
    if len(plaintext) > LARGEST:
        raise ValueError("too large to seal")
    salt = os.urandom(24)
    once, commitment = _derive(key.secret, salt)
    header = _VERSION_AND_ALGORITHM + key.id + salt + commitment
    return header + AESGCM(once).encrypt(_ZERO_NONCE, plaintext, header + context)


def unseal(key: SealingKey, sealed: bytes, context: bytes) -> bytes:
    """Decrypt what :func:`seal` made. Returns plaintext: keep it short-lived and unlogged.

    :raises IntegrityFailure: whatever is wrong; the reason is not told.
    """
    if len(sealed) < OVERHEAD or sealed[:2] != _VERSION_AND_ALGORITHM or sealed[_KEY_ID] != key.id:
        raise IntegrityFailure
    once, commitment = _derive(key.secret, sealed[_SALT])
    if not hmac.compare_digest(commitment, sealed[_COMMITMENT]):
        raise IntegrityFailure
    try:
        return AESGCM(once).decrypt(_ZERO_NONCE, sealed[_BODY], sealed[: _BODY.start] + context)
    except InvalidTag:
        raise IntegrityFailure from None


def _derive(secret: bytes, salt: bytes) -> tuple[bytes, bytes]:
    derived = HKDF(algorithm=SHA512(), length=64, salt=salt, info=_DOMAIN).derive(secret)
    return derived[:32], derived[32:]
