"""Which passwords bcrypt has taken lately, so that it is not asked at every request."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from barbican_like.common.timed_cache import TimedCache
from barbican_like.http.middleware.htpasswd import User

TERM: Final = 3600.0
"""Seconds for which a password is remembered."""
MOST: Final = 1024
"""Users of whom one is remembered."""


class VerifiedPasswords:
    """Remembers by a keyed hash, never the password; the key is random and never leaves the process.

    The hash covers the line of the password file too: a password is forgotten as soon as that has changed.
    """

    def __init__(self, *, most: int = MOST, term: float = TERM) -> None:
        self._key = secrets.token_bytes(32)
        self._digests: TimedCache[bytes] = TimedCache(most, term)

    def holds(self, user: User, digest: bytes) -> bool:
        """Whether the user's password of this digest was remembered less than the term ago."""
        remembered = self._digests.get(user.name)
        return remembered is not None and hmac.compare_digest(remembered, digest)

    def remember(self, user: User, digest: bytes) -> None:
        """Note that bcrypt took it."""
        self._digests.put(user.name, digest)

    def digest(self, user: User, password: bytes) -> bytes:
        """What is remembered of a password of a user."""
        parts = (user.name.encode(), password, user.stored)
        # Each with its length, so that no two triples give the same text.
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._key, text, "sha256")
