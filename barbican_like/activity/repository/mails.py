"""The outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from barbican_like.activity.models import Mail
from barbican_like.activity.tables import mails
from barbican_like.model.columns import Columns
from barbican_like.model.repositories.base import Repository

_MAIL = Columns(mails, Mail)
_THIS = mails.c.id == bindparam("of_id")
_INSERT = insert(mails)
_FIND = select(*_MAIL).where(_THIS)
_END = update(mails).where(_THIS).values(sent_at=bindparam("at"), problem=bindparam("why"))
_OLD = select(mails.c.id).where(mails.c.created_at < bindparam("before")).limit(bindparam("limit"))
_REMOVE = delete(mails).where(mails.c.id.in_(bindparam("ids", expanding=True)))


class MailRepo(Repository):
    """Mails, sent and not."""

    def add(self, mail: Mail) -> None:
        """Write a new one."""
        self._insert(_INSERT, _MAIL.row(mail))

    def find(self, mail_id: str) -> Mail | None:
        """One of them."""
        row = self._connection.execute(_FIND, {"of_id": mail_id}).one_or_none()
        return None if row is None else _MAIL.value(row)

    def end(self, mail_id: str, *, sent_at: datetime | None = None, problem: str | None = None) -> None:
        """Write that a server has taken it, or why none ever will."""
        self._connection.execute(_END, {"of_id": mail_id, "at": sent_at, "why": problem})

    def remove_older(self, before: datetime, limit: int) -> int:
        """Remove some that were written before a time; returns how many."""
        found = self._connection.execute(_OLD, {"before": before, "limit": limit}).scalars().all()
        if found:
            self._connection.execute(_REMOVE, {"ids": found})
        return len(found)
