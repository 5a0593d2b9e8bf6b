"""Events, the locks of their objects, and the keys of requests for them."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0004"
down_revision = "activity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    steps.create_table(
        "events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("action", text(16), nullable=False),
        sa.Column("is_request", sa.Boolean, nullable=False),
        sa.Column("user_name", text(255)),
        sa.Column("user_id", text(255)),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("project_id", text(255)),
        sa.Column("object_type", text(16), nullable=False),
        sa.Column("object_id", text(255), nullable=False),
        sa.Column("above", long_text(), nullable=False),
        sa.Column("data", long_text()),
        sa.Column("notify", sa.Boolean, nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("previous_status", text(16)),
        sa.Column("manager", text(255)),
        sa.Column("log", long_text(), nullable=False),
        sa.Column("messages", long_text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sqlite_autoincrement=True,
    )
    steps.create_index("ix_events_object_id_status", "events", ["object_id", "status"])
    steps.create_index("ix_events_status_number", "events", ["status", "number"])
    steps.create_index("ix_events_user_name_number", "events", ["user_name", "number"])
    steps.create_table(
        "event_objects",
        sa.Column("id", text(255), nullable=False),
        sa.Column("holds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_objects"),
    )
    steps.create_table(
        "event_keys",
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("user_id", text(255), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("event_ids", long_text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "user_id", "name", name="pk_event_keys"),
    )
    steps.create_index("ix_event_keys_created_at", "event_keys", ["created_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
