"""Tokens by their digests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from barbican_like.activity.tables import user_tokens
from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository

_INSERT = insert(user_tokens)
_FIND = select(user_tokens.c.caller, user_tokens.c.expires_at).where(
    user_tokens.c.digest == bindparam("digest"), user_tokens.c.expires_at > bindparam("now")
)
_EXPIRED = (
    select(user_tokens.c.digest).where(user_tokens.c.expires_at <= bindparam("now")).limit(bindparam("limit"))
)
_REMOVE = delete(user_tokens).where(user_tokens.c.digest.in_(bindparam("digests", expanding=True)))


class TokenRepo(Repository):
    """Tokens that have not expired."""

    def add(self, digest: str, caller: str, expires_at: datetime) -> None:
        """Keep a token's digest.

        :param caller: whom it stands for, as JSON.
        :param expires_at: naive UTC.
        """
        self._insert(_INSERT, {"digest": digest, "caller": caller, "expires_at": expires_at})

    def find(self, digest: str) -> tuple[str, datetime] | None:
        """Whom a token stands for, as JSON, and until when."""
        row: Any = self._connection.execute(_FIND, {"digest": digest, "now": clock.now()}).one_or_none()
        return None if row is None else (row.caller, row.expires_at)

    def remove_expired(self, limit: int) -> int:
        """Remove up to so many that have expired; returns how many."""
        values = {"now": clock.now(), "limit": limit}
        digests = self._connection.execute(_EXPIRED, values).scalars().all()
        if digests:
            self._connection.execute(_REMOVE, {"digests": digests})
        return len(digests)
