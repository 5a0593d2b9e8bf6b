"""Tokens for who cannot send headers."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0002"
down_revision = "activity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    steps.create_table(
        "user_tokens",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("caller", long_text(), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_user_tokens"),
    )
    steps.create_index("ix_user_tokens_expires_at", "user_tokens", ["expires_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
