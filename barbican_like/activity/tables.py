"""The room's tables, as SQLAlchemy Core sees them; what the columns mean stands in ``models.py``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table

from barbican_like.model.tables import metadata as key_manager
from barbican_like.model.types import long_text, moment, text

metadata = MetaData(naming_convention=key_manager.naming_convention)


def _of_a_change() -> list[Column[Any]]:
    return [
        Column("at", moment(), nullable=False),
        Column("name", text(32), nullable=False),
        Column("object_id", text(255), nullable=False),
        Column("op", text(16), nullable=False),
        Column("what", text(32)),
        Column("old_status", text(16)),
        Column("new_status", text(16)),
        Column("actor", text(255)),
        Column("project_id", text(255)),
        Column("event_id", text(36)),
        Column("audience", long_text()),
        Column("snapshot", long_text(), nullable=False),
    ]


# The feed, dense and in one order for all. SQLite numbers its rows: its one writer's order is that of the
# commits, a rollback leaves no gap, and AUTOINCREMENT brings no number back.
changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    *_of_a_change(),
    sqlite_autoincrement=True,
)

# On a server, where commits overtake each other: what has no number yet. There is none on SQLite.
changes_new = Table("changes_new", metadata, Column("id", BigInteger, primary_key=True), *_of_a_change())

# One row: the last number given, and the oldest that is kept. SQLite itself knows the last number.
feed_head = Table(
    "feed_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("oldest", BigInteger, nullable=False),
)

# What a token stands for; the token itself is nowhere.
user_tokens = Table(
    "user_tokens",
    metadata,
    Column("digest", text(64), primary_key=True),
    Column("caller", long_text(), nullable=False),
    Column("expires_at", moment(), nullable=False, index=True),
)
