"""The tables of contexts, as SQLAlchemy Core sees them. Their rows are made of supervisors' outboxes only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint

from barbican_like.model.tables import metadata as of_key_manager
from barbican_like.model.types import long_text, moment, text

metadata = MetaData(naming_convention=of_key_manager.naming_convention)


def _standing() -> list[Column[Any]]:
    """How a service stands since a time."""
    return [
        Column("state", text(16), nullable=False),
        Column("desired", text(8), nullable=False),
        Column("pid", Integer),
        Column("exit_code", Integer),  # of the last life; negative for a signal
        Column("restarts", Integer, nullable=False),
        Column("since", moment(), nullable=False),
    ]


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
    Column("outbox_id", text(36), ForeignKey("context_outboxes.id"), nullable=False),
    Column("transaction_id", text(20), nullable=False),
    Column("context_id", text(64), nullable=False),
    Column("name", text(255), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    UniqueConstraint("transaction_id", "outbox_id"),
)

task_services = Table(
    "task_services",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("context", text(36), ForeignKey("contexts.id"), nullable=False),
    Column("service_id", text(80), nullable=False),
    Column("name", text(64), nullable=False),
    Column("instance", text(64), nullable=False),
    *_standing(),
    UniqueConstraint("context", "service_id"),
)

service_transitions = Table(
    "service_transitions",
    metadata,
    Column("outbox_id", text(36), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("context", text(36), ForeignKey("contexts.id"), nullable=False),
    Column("service_id", text(80), nullable=False),
    Column("old_state", text(16), nullable=False),
    *_standing(),
    Column("reason", long_text(), nullable=False),
    Column("log", long_text(), nullable=False),
)
Index("ix_service_transitions_context_number", service_transitions.c.context, service_transitions.c.number)
