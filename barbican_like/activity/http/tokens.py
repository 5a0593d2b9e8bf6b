"""Tokens for clients that cannot send headers with their handshake, such as browsers' websockets.

A token is 256 random bits. The database has its SHA-256, which such a number needs no salt for.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from barbican_like.activity.http import stored_callers
from barbican_like.activity.repository.tokens import TokenRepo
from barbican_like.common import clock
from barbican_like.http.context import RequestContext
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_BYTES: Final = 32


class Issued(NamedTuple):
    """A new token, which is shown once."""

    token: str
    expires_at: datetime  # naive UTC


class Bearer(NamedTuple):
    """Whom a token stands for."""

    caller: RequestContext
    expires_at: datetime  # naive UTC


def issue(uow: UnitOfWork, caller: RequestContext, ttl: int) -> Issued:
    """Make a token that stands for a caller.

    :param ttl: seconds for which it does.
    """
    issued = Issued(secrets.token_urlsafe(_BYTES), clock.now() + timedelta(seconds=ttl))
    uow.of(TokenRepo).add(_digest(issued.token), stored_callers.kept(caller), issued.expires_at)
    return issued


def bearer(view: Reading, token: str) -> Bearer | None:
    """Whom a token stands for; None where it is none, or has expired."""
    found = view.of(TokenRepo).find(_digest(token))
    if found is None:
        return None
    return Bearer(stored_callers.restored(found[0]), found[1])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
