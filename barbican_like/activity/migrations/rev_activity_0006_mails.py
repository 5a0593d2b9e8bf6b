"""The outbox, and links that confirm addresses."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0006"
down_revision = "activity_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    steps.create_table(
        "mails",
        sa.Column("id", text(36), nullable=False),
        sa.Column("event_id", text(36)),
        sa.Column("kind", text(16), nullable=False),
        sa.Column("recipient", text(255), nullable=False),
        sa.Column("subject", text(255), nullable=False),
        sa.Column("text", long_text(), nullable=False),
        sa.Column("message_id", text(255), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("sent_at", moment()),
        sa.Column("problem", text(255)),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
    )
    steps.create_index("ix_mails_event_id", "mails", ["event_id"])
    steps.create_index("ix_mails_created_at", "mails", ["created_at"])
    steps.create_table(
        "confirmations",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("event_id", text(36), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_confirmations"),
    )
    steps.create_index("ix_confirmations_event_id", "confirmations", ["event_id"])
    steps.create_index("ix_confirmations_expires_at", "confirmations", ["expires_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
