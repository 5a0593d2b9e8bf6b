"""Links that confirm addresses, by the digests of their tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from barbican_like.activity.tables import confirmations
from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository

_INSERT = insert(confirmations)
_FIND = select(confirmations.c.event_id).where(
    confirmations.c.digest == bindparam("of_digest"), confirmations.c.expires_at > bindparam("now")
)
_REMOVE = delete(confirmations).where(confirmations.c.event_id == bindparam("of_event"))
_EXPIRED = (
    select(confirmations.c.digest)
    .where(confirmations.c.expires_at <= bindparam("now"))
    .limit(bindparam("limit"))
)
_REMOVE_THESE = delete(confirmations).where(confirmations.c.digest.in_(bindparam("digests", expanding=True)))


class ConfirmationRepo(Repository):
    """Links that nobody has followed yet."""

    def add(self, digest: str, event_id: str, expires_at: datetime) -> None:
        """Keep the digest of a link's token.

        :param expires_at: naive UTC.
        """
        self._insert(_INSERT, {"digest": digest, "event_id": event_id, "expires_at": expires_at})

    def find(self, digest: str) -> str | None:
        """The id of the event that a link belongs to; None where it was followed, or has expired."""
        found: str | None = self._connection.execute(
            _FIND, {"of_digest": digest, "now": clock.now()}
        ).scalar_one_or_none()
        return found

    def remove(self, event_id: str) -> None:
        """Remove all links of an event."""
        self._connection.execute(_REMOVE, {"of_event": event_id})

    def remove_expired(self, limit: int) -> int:
        """Remove some that have expired; returns how many."""
        values = {"now": clock.now(), "limit": limit}
        digests = self._connection.execute(_EXPIRED, values).scalars().all()
        if digests:
            self._connection.execute(_REMOVE_THESE, {"digests": digests})
        return len(digests)
