"""How often a passphrase is hashed before its private key opens: the key says so, as its maker likes.

OpenSSH's format is told in PROTOCOL.key of its sources, the other one in RFC 8018.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator
from typing import Any, Final

from asyncssh.asn1 import ASN1DecodeError, der_decode

_MAGIC: Final = b"openssh-key-v1\0"
_MOST_BCRYPT: Final = 1000  # some 15 s; ssh-keygen takes 24
_MOST_OTHERS: Final = 10_000_000  # of PBKDF2 and scrypt, some seconds


def is_quick(text: str) -> bool:
    """Whether a key can be opened in seconds; also where it is none, which opening it says."""
    lines = [line.strip() for line in text.strip().splitlines()]
    body = [line for line in lines if line and not line.startswith("-----") and ":" not in line]
    try:
        content = base64.b64decode("".join(body), validate=True)
        if content.startswith(_MAGIC):
            return _bcrypt_rounds(content[len(_MAGIC) :]) <= _MOST_BCRYPT
        return all(number <= _MOST_OTHERS for number in _numbers(_algorithm(content)))
    except (binascii.Error, ASN1DecodeError, struct.error, ValueError, IndexError, TypeError, RecursionError):
        return True


def _bcrypt_rounds(content: bytes) -> int:
    _cipher, content = _string(content)
    name, content = _string(content)
    options, _ = _string(content)
    if name != b"bcrypt":
        return 0
    _salt, rest = _string(options)
    return int(struct.unpack(">I", rest[:4])[0])


def _string(content: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack(">I", content[:4])
    return content[4 : 4 + length], content[4 + length :]


def _algorithm(content: bytes) -> Any:
    """How an encrypted key is encrypted, which comes first in it; of one that is not, its version."""
    return der_decode(content)[0]  # type: ignore[index]


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)
