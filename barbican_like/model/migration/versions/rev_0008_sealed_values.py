"""A table for small secrets that rooms keep for themselves."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import blob, text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    steps.create_table(
        "sealed_values",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("store", text(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("project_key_id", text(36)),
        sa.Column("sealed", blob(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_sealed_values_project_id"),
        sa.ForeignKeyConstraint(
            ["project_key_id"], ["project_keys.id"], name="fk_sealed_values_project_key_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_values"),
    )
    steps.create_index("ix_sealed_values_project_id", "sealed_values", ["project_id"])
    steps.create_index("ix_sealed_values_project_key_id", "sealed_values", ["project_key_id"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
