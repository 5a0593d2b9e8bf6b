"""Keys of SSH: those that a site shows, and the one that is shown to it; and the ciphers that are offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import asyncssh

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.key_rounds import quick_key

CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
)
"""By preference."""


def is_host_key(text: str) -> bool:
    """Whether a text is a public key."""
    try:
        asyncssh.import_public_key(text)
    except ValueError:
        return False
    return True


def host_keys(texts: Sequence[str]) -> list[asyncssh.SSHKey]:
    """The keys that a site may show.

    :raises TransferFailed: HOST_KEY where one of them is none.
    """
    try:
        return [asyncssh.import_public_key(text) for text in texts]
    except ValueError as error:  # what the library raises is one, whatever is wrong
        reason = "One of the site's host keys is no public key"
        raise TransferFailed.permanent(ErrorCode.HOST_KEY, reason) from error


def private_key(credential: Mapping[str, str]) -> asyncssh.SSHKey:
    """The key of a credential.

    :raises TransferFailed: of class auth where it is none, or its passphrase is another.
    """
    try:
        return asyncssh.import_private_key(quick_key(credential["private_key"]), credential.get("passphrase"))
    except ValueError as error:  # as above
        reason = "The private key is none, takes too many rounds to open, or its passphrase is another"
        raise TransferFailed.auth(reason) from error
