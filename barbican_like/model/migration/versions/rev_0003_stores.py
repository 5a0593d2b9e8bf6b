"""Secret stores, and which of them projects prefer."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import moment, text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    steps.create_table(
        "secret_stores",
        sa.Column("id", text(36), nullable=False),
        sa.Column("store", text(64), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("store_plugin", text(255), nullable=False),
        sa.Column("crypto_plugin", text(255)),
        sa.Column("global_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_secret_stores"),
        sa.UniqueConstraint("store", name="uq_secret_stores_store"),
    )
    steps.create_table(
        "project_secret_store",
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("secret_store_id", text(36), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_secret_store_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["secret_store_id"], ["secret_stores.id"], name="fk_project_secret_store_secret_store_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_secret_store"),
    )
    steps.create_index("ix_project_secret_store_secret_store_id", "project_secret_store", ["secret_store_id"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
