"""What Keystone has said of tokens, remembered in this process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from barbican_like.common.timed_cache import TimedCache


@dataclass(slots=True)
class Known:
    """One token."""

    said: dict[str, Any]  # Keystone's answer
    environ: Mapping[str, Any] | None = None  # what auth_token makes of it, where that suits any request
    expires: float = 0.0  # seconds since the epoch; with environ only


class TokenMemory:
    """Remembers tokens by their digests.

    :param size: tokens at most; the least recently used go first.
    :param seconds: how long each is remembered from when Keystone was asked; negative for not at
        all, 0 for as long as it holds that many.
    """

    def __init__(self, *, size: int, seconds: int) -> None:
        self._entries: TimedCache[Known] = TimedCache(0 if seconds < 0 else size, seconds or float("inf"))

    def get(self, token: str) -> Known | None:
        """What is known of a token, None where that is nothing or too old."""
        return self._entries.get(_digest(token))

    def put(self, token: str, said: dict[str, Any]) -> None:
        """Remember what Keystone has just said."""
        self._entries.put(_digest(token), Known(said))


class NoMemory:
    """In place of auth_token's own memory, which knows no bound: forgets everything.

    A memcached client in miniature, as keystonemiddleware's option ``cache`` wants it.
    """

    def get(self, name: str) -> None:
        """Nothing."""

    def set(self, name: str, value: bytes, time: int = 0) -> None:
        """Forget it."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
