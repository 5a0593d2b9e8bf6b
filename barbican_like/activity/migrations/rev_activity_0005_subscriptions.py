"""Subscriptions, and the keys that sign for them."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0005"
down_revision = "activity_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    steps.create_table(
        "subscriptions",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("user_id", text(255), nullable=False),
        sa.Column("caller", long_text(), nullable=False),
        sa.Column("target", text(2048), nullable=False),
        sa.Column("wanted", long_text(), nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("problem", text(255)),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    steps.create_index("ix_subscriptions_project_id_id", "subscriptions", ["project_id", "id"])
    steps.create_index("ix_subscriptions_status_place", "subscriptions", ["status", "place"])
    steps.create_table(
        "subscription_keys",
        sa.Column("id", text(36), nullable=False),
        sa.Column("subscription_id", text(36), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment()),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_subscription_keys_subscription_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscription_keys"),
    )
    steps.create_index("ix_subscription_keys_subscription_id", "subscription_keys", ["subscription_id"])
    steps.create_index("ix_subscription_keys_expires_at", "subscription_keys", ["expires_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
