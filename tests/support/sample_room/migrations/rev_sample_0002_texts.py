"""Notes have a text."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import text

revision = "sample_0002"
down_revision = "sample_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    steps.add_column("sample_notes", sa.Column("text", text(255)))


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
