"""The room's tables, as SQLAlchemy Core sees them; what the columns mean stands in ``models.py``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table

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

# The registry. All types of things share one table, since they share their names and stand under each other.
# Properties are JSON; what is looked for by has a column besides.
registry_things = Table(
    "registry_things",
    metadata,
    Column("id", text(255), primary_key=True),
    Column("type", text(16), nullable=False),
    # The authority, project or slice that it is under.
    Column("parent", text(255), ForeignKey("registry_things.id")),
    Column("shortname", text(64)),
    Column("login", text(255), unique=True),
    Column("email", text(254), index=True),
    Column("status", text(16), nullable=False),
    Column("start_time", BigInteger),
    Column("end_time", BigInteger),
    Column("properties", long_text(), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Index(None, "type", "id"),
    Index(None, "parent", "type", "id"),
)

# Which things are in which lists of others.
registry_links = Table(
    "registry_links",
    metadata,
    Column("thing_id", text(255), ForeignKey("registry_things.id", ondelete="CASCADE"), primary_key=True),
    Column("name", text(16), primary_key=True),
    Column("target", text(255), ForeignKey("registry_things.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "target", "name", "thing_id"),
)

# What was asked for. Numbers are given under the lock of the object's row in ``event_objects``, so that for
# each object they are in the order of the commits; AUTOINCREMENT brings none back.
events = Table(
    "events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", text(36), nullable=False, unique=True),
    Column("action", text(16), nullable=False),
    Column("is_request", Boolean, nullable=False),
    Column("user_name", text(255)),
    Column("user_id", text(255)),
    Column("is_admin", Boolean, nullable=False),
    Column("is_anonymous", Boolean, nullable=False),
    Column("project_id", text(255)),
    Column("object_type", text(16), nullable=False),
    Column("object_id", text(255), nullable=False),
    Column("above", long_text(), nullable=False),
    Column("data", long_text()),
    Column("notify", Boolean, nullable=False),
    Column("status", text(16), nullable=False),
    Column("previous_status", text(16)),
    Column("manager", text(255)),
    Column("log", long_text(), nullable=False),
    Column("messages", long_text(), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "object_id", "status"),
    Index(None, "status", "number"),
    Index(None, "user_name", "number"),
    sqlite_autoincrement=True,
)

# A row for each object that an event was ever about: its lock. Authorities and projects share their names.
event_objects = Table(
    "event_objects",
    metadata,
    Column("id", text(255), primary_key=True),
    Column("holds", BigInteger, nullable=False),
)

# What a request with an Idempotency-Key was answered with.
event_keys = Table(
    "event_keys",
    metadata,
    Column("project_id", text(255), primary_key=True),
    Column("user_id", text(255), primary_key=True),
    Column("name", text(255), primary_key=True),
    Column("digest", text(64), nullable=False),
    Column("event_ids", long_text(), nullable=False),
    Column("created_at", moment(), nullable=False, index=True),
)

# Where changes are delivered. ``user_id`` is empty where nothing but the project is known of the owner.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(255), nullable=False),
    Column("user_id", text(255), nullable=False),
    Column("caller", long_text(), nullable=False),
    Column("target", text(2048), nullable=False),
    Column("wanted", long_text(), nullable=False),
    Column("status", text(16), nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("problem", text(255)),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    # The list of an owner.
    Index(None, "project_id", "id"),
    # Those that have something to deliver.
    Index(None, "status", "place"),
)

# The keys that sign for a subscription, each with its value in ``sealed_values``.
subscription_keys = Table(
    "subscription_keys",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("subscription_id", text(36), ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("created_at", moment(), nullable=False),
    Column("expires_at", moment(), index=True),
)

# The outbox.
mails = Table(
    "mails",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("event_id", text(36), index=True),
    Column("kind", text(16), nullable=False),
    Column("recipient", text(255), nullable=False),
    Column("subject", text(255), nullable=False),
    Column("text", long_text(), nullable=False),
    Column("message_id", text(255), nullable=False),
    Column("created_at", moment(), nullable=False, index=True),
    Column("sent_at", moment()),
    Column("problem", text(255)),
)

# Links that confirm an address. A mail that was tried twice has two, either of which may have arrived.
confirmations = Table(
    "confirmations",
    metadata,
    Column("digest", text(64), primary_key=True),
    Column("event_id", text(36), nullable=False, index=True),
    Column("expires_at", moment(), nullable=False, index=True),
)
