"""The tables of contexts, as SQLAlchemy Core sees them. Their rows are made of supervisors' outboxes only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table

from barbican_like.model.types import long_text, moment, text

metadata = MetaData()

# How far each outbox has been carried: what makes it exactly once.
outboxes = Table(
    "context_outboxes",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("carried", BigInteger, nullable=False),  # the largest number that is in the rows
)

contexts = Table(
    "contexts",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("outbox_id", text(36)),
    Column("transaction_id", text(20)),
    Column("context_id", text(64)),
    Column("name", text(255)),
    Column("created_at", moment()),
    Column("updated_at", moment()),
)

_STANDING = ("state", "desired", "pid", "exit_code", "restarts", "since")


def _standing() -> list[Column[object]]:
    types = (text(16), text(8), Integer(), Integer(), Integer(), moment())
    return [Column(name, type_) for name, type_ in zip(_STANDING, types, strict=True)]


task_services = Table(
    "task_services",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("context", text(36)),
    Column("service_id", text(80)),
    Column("name", text(64)),
    Column("instance", text(64)),
    *_standing(),
)

service_transitions = Table(
    "service_transitions",
    metadata,
    Column("outbox_id", text(36), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("context", text(36)),
    Column("service_id", text(80)),
    Column("old_state", text(16)),
    *_standing(),
    Column("reason", long_text()),
    Column("log", long_text()),
)
