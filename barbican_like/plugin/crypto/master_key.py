"""The master key: what seals the keyring's terms, and where it comes from."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Protocol

from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto import envelope, private_file


class MasterKey(Protocol):
    """Something that seals a few small values and opens them again."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a term's key."""

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a term's key; IntegrityFailure where it was sealed by another master key."""


class FileMasterKey:
    """A master key of 32 random bytes, in base64 in a file that only its owner can read.

    :param secret: the 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        key_id = hashlib.sha256(b"barbican-like/master-key-id/1" + secret).digest()[:16]
        self._key = envelope.SealingKey(key_id, secret)

    @classmethod
    def load(cls, path: Path) -> FileMasterKey:
        """Read the file.

        :raises ConfigurationError: when it is missing, open to others, or not a key.
        """
        content = private_file.read(
            path,
            "master key",
            otherwise="restore it, or make one with barbican-manage master-key create",
        )
        return cls(_decode(path, content))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a term's key."""
        return envelope.seal(self._key, plaintext, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a term's key."""
        return envelope.unseal(self._key, sealed, context)


def create_file(path: Path) -> None:
    """Write a fresh master key, 0600, durably; an existing file is never touched.

    :raises ConfigurationError: when there is one already, or it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(envelope.random_key()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise ConfigurationError(f"master key {path} exists already; it is left as it is") from None
    except OSError as error:
        raise ConfigurationError(f"master key {path} cannot be written: {error.strerror}") from error


def _decode(path: Path, content: bytes) -> bytes:
    try:
        secret = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != envelope.KEY_BYTES:
        raise ConfigurationError(f"master key {path} is not 32 bytes in base64")
    return secret
