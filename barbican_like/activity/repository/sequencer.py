"""The numbering of rows on servers, where commits overtake each other.

A pass moves what is committed, and is numbered in the order in which it was written. Only the lock on the
feed's head makes it safe, so anyone may run one. A transaction that stays open delays its own rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, text, update

from barbican_like.activity.tables import changes, changes_new, feed_head
from barbican_like.model.repositories.base import Repository

MOST: Final = 500
"""Rows that are numbered by one statement; of a pass, which others wait for, all of them."""

_LOCK = select(feed_head.c.last).where(feed_head.c.id == 1).with_for_update()
_COMMITTED = select(changes_new.c.id).order_by(changes_new.c.id).limit(bindparam("limit"))
_ALL_COMMITTED = select(changes_new.c.id).order_by(changes_new.c.id)
_ANY_COMMITTED = select(changes_new.c.id).limit(1)
_SET_LAST = update(feed_head).where(feed_head.c.id == 1).values(last=bindparam("to_last"))
_NAMES: Final = [column.name for column in changes_new.c if column.name != "id"]

_THESE = changes_new.c.id.in_(bindparam("ids", expanding=True))
_NUMBER = insert(changes).from_select(
    ["seq", *_NAMES],
    select(
        bindparam("last", type_=BigInteger) + func.row_number().over(order_by=changes_new.c.id),
        *(changes_new.c[name] for name in _NAMES),
    ).where(_THESE),
)
_REMOVE = delete(changes_new).where(_THESE)

# A DELETE with a list of ids scans there, and waits for rows that others have not committed.
_KEYS = "JSON_TABLE(:keys, '$[*]' COLUMNS (n FOR ORDINALITY, id BIGINT PATH '$')) AS picked"
_JOIN = f"{_KEYS} STRAIGHT_JOIN changes_new ON changes_new.id = picked.id"
_COLUMNS = ", ".join(f"`{name}`" for name in _NAMES)
_NUMBER_ON_MARIADB = text(
    f"INSERT INTO changes (seq, {_COLUMNS}) "  # noqa: S608  constants of this module
    f"SELECT :last + picked.n, {', '.join(f'changes_new.`{name}`' for name in _NAMES)} FROM {_JOIN}"
)
_REMOVE_ON_MARIADB = text(f"DELETE changes_new FROM {_JOIN}")


class SequencerRepo(Repository):
    """Rows that have no number yet."""

    def has_work(self) -> bool:
        """Whether there are committed rows without a number."""
        return self._connection.execute(_ANY_COMMITTED).first() is not None

    def lock(self) -> int:
        """Take the one right to number rows, until the commit; returns the last number given."""
        last: int = self._connection.execute(_LOCK).scalar_one()
        return last

    def committed(self) -> Sequence[int]:
        """Some rows that are committed by now, as they were written."""
        return self._connection.execute(_COMMITTED, {"limit": MOST}).scalars().all()

    def all_committed(self) -> Sequence[int]:
        """All rows that are committed by now, as they were written."""
        return self._connection.execute(_ALL_COMMITTED).scalars().all()

    def number(self, row_ids: Sequence[int], last: int) -> int:
        """Give rows their numbers, in the order of their ids; returns the last of those.

        :param last: the last number given, as :meth:`lock` told it.
        """
        if not row_ids:
            return last
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_NUMBER, {"ids": row_ids, "last": last})
            moved = self._connection.execute(_REMOVE, {"ids": row_ids}).rowcount
        else:
            keys = orjson.dumps(sorted(row_ids)).decode()
            self._connection.execute(_NUMBER_ON_MARIADB, {"keys": keys, "last": last})
            moved = self._connection.execute(_REMOVE_ON_MARIADB, {"keys": keys}).rowcount
        last += moved
        self._connection.execute(_SET_LAST, {"to_last": last})
        return last
