"""Contexts, their task services, and what has become of those."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "contexts_0001"
down_revision = None
branch_labels = ("contexts",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    steps.create_table(
        "context_outboxes",
        sa.Column("id", text(36), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_context_outboxes"),
    )
    steps.create_table(
        "contexts",
        sa.Column("id", text(36), nullable=False),
        sa.Column("outbox_id", text(36), nullable=False),
        sa.Column("transaction_id", text(20), nullable=False),
        sa.Column("context_id", text(64), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contexts"),
        sa.UniqueConstraint("transaction_id", "outbox_id", name="uq_contexts_transaction_id_outbox_id"),
        sa.ForeignKeyConstraint(["outbox_id"], ["context_outboxes.id"], name="fk_contexts_outbox_id"),
    )
    steps.create_table(
        "task_services",
        sa.Column("id", text(36), nullable=False),
        sa.Column("context", text(36), nullable=False),
        sa.Column("service_id", text(80), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("instance", text(64), nullable=False),
        *_standing(),
        sa.PrimaryKeyConstraint("id", name="pk_task_services"),
        sa.UniqueConstraint("context", "service_id", name="uq_task_services_context_service_id"),
        sa.ForeignKeyConstraint(["context"], ["contexts.id"], name="fk_task_services_context"),
    )
    steps.create_table(
        "service_transitions",
        sa.Column("outbox_id", text(36), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("context", text(36), nullable=False),
        sa.Column("service_id", text(80), nullable=False),
        sa.Column("old_state", text(16), nullable=False),
        *_standing(),
        sa.Column("reason", long_text(), nullable=False),
        sa.Column("log", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", "number", name="pk_service_transitions"),
        sa.ForeignKeyConstraint(["context"], ["contexts.id"], name="fk_service_transitions_context"),
    )
    steps.create_index("ix_service_transitions_context_number", "service_transitions", ["context", "number"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError


def _standing() -> list[sa.Column[object]]:
    """How a service stands since a time."""
    return [
        sa.Column("state", text(16), nullable=False),
        sa.Column("desired", text(8), nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("since", moment(), nullable=False),
    ]
