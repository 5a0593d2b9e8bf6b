"""An index by which operators see orders of all projects."""

from __future__ import annotations

from barbican_like.model.migration import steps

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    steps.create_index("ix_orders_status_updated_at", "orders", ["status", "updated_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
