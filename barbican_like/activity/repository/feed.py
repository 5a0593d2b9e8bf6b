"""The feed's rows: written with what they tell of, read in their order, removed by age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, literal_column, select, table, update

from barbican_like.activity.models import Change, Head, NewChange
from barbican_like.activity.tables import changes, changes_new, feed_head
from barbican_like.model.columns import Columns
from barbican_like.model.plain_insert import PlainInsert
from barbican_like.model.repositories.base import Repository

_CHANGE = Columns(changes, Change)
_WRITE: Final = {"sqlite": PlainInsert(changes, NewChange._fields)}  # nobody asks for their numbers
_WRITE_UNNUMBERED: Final = PlainInsert(changes_new, NewChange._fields)
_NUMBERED_BY_SQLITE = (
    select(literal_column("seq"))
    .select_from(table("sqlite_sequence"))
    .where(literal_column("name") == "changes")
    .scalar_subquery()
)
_HEAD: Final = {"sqlite": select(func.coalesce(_NUMBERED_BY_SQLITE, 0), feed_head.c.oldest)}
_HEAD_ON_SERVERS: Final = select(feed_head.c.last, feed_head.c.oldest)
_PAGE = (
    select(*_CHANGE)
    .where(changes.c.seq > bindparam("after"))
    .order_by(changes.c.seq)
    .limit(bindparam("limit"))
)
_AGES = select(changes.c.seq, changes.c.at).order_by(changes.c.seq).limit(bindparam("limit"))
_REMOVE = delete(changes).where(changes.c.seq < bindparam("oldest"))
_SET_OLDEST = update(feed_head).values(oldest=bindparam("to_oldest"))


class FeedRepo(Repository):
    """The rows of the feed."""

    def write(self, rows: Sequence[NewChange]) -> None:
        """Add rows in this order, in one statement."""
        statement = _WRITE.get(self._connection.dialect.name, _WRITE_UNNUMBERED)
        statement.execute(self._connection, rows)

    def head(self) -> Head:
        """Where the feed begins and ends now."""
        statement: Any = _HEAD.get(self._connection.dialect.name, _HEAD_ON_SERVERS)
        return Head(*self._connection.execute(statement).one())

    def page(self, after: int, limit: int) -> Sequence[Change]:
        """The next rows in their order.

        :param after: the number behind which they begin.
        """
        rows = self._connection.execute(_PAGE, {"after": after, "limit": limit})
        return [_CHANGE.value(row) for row in rows]

    def remove_older(self, before: datetime, limit: int) -> int:
        """Remove up to so many of the oldest rows, all of them older than a time; returns how many.

        Only rows at the beginning go, so that what is kept has no gaps.
        """
        gone = oldest = 0
        for seq, at in self._connection.execute(_AGES, {"limit": limit}).all():
            if at >= before:
                break
            gone, oldest = gone + 1, seq + 1
        if gone:
            self._connection.execute(_SET_OLDEST, {"to_oldest": oldest})
            self._connection.execute(_REMOVE, {"oldest": oldest})
        return gone
