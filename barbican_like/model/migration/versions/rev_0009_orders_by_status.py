"""An index by which operators see orders of all projects."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME: Final = "ix_orders_status_updated_at"


def upgrade() -> None:
    """Make it, unless it is there."""
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("orders")}
    if _NAME not in there:
        op.create_index(_NAME, "orders", ["status", "updated_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
