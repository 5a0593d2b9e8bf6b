"""The outbox, and links that confirm addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from barbican_like.model.types import long_text, moment, text

revision = "activity_0006"
down_revision = "activity_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
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
        sa.Index("ix_mails_event_id", "event_id"),
        sa.Index("ix_mails_created_at", "created_at"),
    )
    op.create_table(
        "confirmations",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("event_id", text(36), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_confirmations"),
        sa.Index("ix_confirmations_event_id", "event_id"),
        sa.Index("ix_confirmations_expires_at", "expires_at"),
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
