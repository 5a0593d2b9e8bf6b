"""Links that confirm an address: the token is drawn when its mail is sent, and only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from barbican_like.activity.models import Mail
from barbican_like.activity.repository.confirmations import ConfirmationRepo
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork

_BYTES: Final = 32
LIFE: Final = timedelta(hours=24)


class Links:
    """Draws the links of mails.

    :param public_url: what they begin with.
    """

    def __init__(self, database: Database, public_url: str) -> None:
        self._database = database
        self._base = public_url.rstrip("/")

    def draw(self, mail: Mail) -> str:
        """A fresh link for a mail, beside those of its other tries. Returns what is secret."""
        token = secrets.token_urlsafe(_BYTES)
        with UnitOfWork(self._database) as uow:
            uow.of(ConfirmationRepo).add(digest_of(token), mail.event_id or "", mail.created_at + LIFE)
            uow.commit()
        return f"{self._base}/confirm/{token}"


def digest_of(token: str) -> str:
    """What is kept of a token, which such a number needs no salt for."""
    return hashlib.sha256(token.encode()).hexdigest()
