"""How often a passphrase is hashed before its private key opens: the key says so, as its maker likes.

OpenSSH's format is told in PROTOCOL.key of its sources, the other one in RFC 8018.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from asyncssh.asn1 import ASN1DecodeError, der_decode

_BLOCK: Final = re.compile(
    r"^-----BEGIN (?P<kind>[A-Z0-9 ]*PRIVATE KEY)-----[ \t\r]*\n"
    r"(?P<body>.*?)^-----END (?P=kind)-----[ \t\r]*$",
    re.MULTILINE | re.DOTALL,
)
_MAGIC: Final = b"openssh-key-v1\0"
_MOST_BCRYPT: Final = 1000  # some 15 s; ssh-keygen takes 24
_MOST_OTHERS: Final = 10_000_000  # of PBKDF2 and scrypt, some seconds


def quick_key(text: str) -> str:
    """The private key that a text holds, and nothing else of it: what was looked at is what is opened.

    :raises ValueError: where it holds none, or one that takes longer than seconds to open.
    """
    found = _BLOCK.search(text)
    if found is None:
        raise ValueError("There is no private key in PEM")
    lines = [line.strip() for line in found["body"].splitlines() if line.strip()]
    headers = list(takewhile(lambda line: ":" in line, lines))
    content = base64.b64decode("".join(lines[len(headers) :]), validate=True)
    if not headers:  # those that have some are hashed once, whatever they say
        _require_quick(content)
    body = base64.encodebytes(content).decode()
    above = "".join(f"{line}\n" for line in headers) + "\n" if headers else ""
    return f"-----BEGIN {found['kind']}-----\n{above}{body}-----END {found['kind']}-----\n"


def _require_quick(content: bytes) -> None:
    try:
        if content.startswith(_MAGIC):
            is_quick = _bcrypt_rounds(content[len(_MAGIC) :]) <= _MOST_BCRYPT
        else:
            is_quick = all(number <= _MOST_OTHERS for number in _numbers(_algorithm(content)))
    except (ASN1DecodeError, struct.error, IndexError, TypeError, RecursionError) as error:
        raise ValueError("It cannot be read") from error
    if not is_quick:
        raise ValueError("It asks for too many rounds")


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
