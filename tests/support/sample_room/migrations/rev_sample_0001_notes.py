"""Notes of projects."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import text

revision = "sample_0001"
down_revision = None
branch_labels = ("sample",)
depends_on = None


def upgrade() -> None:
    """Make a table that refers to one of the key manager's, whose branch is upgraded first."""
    steps.create_table(
        "sample_notes",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sample_notes"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_sample_notes_project_id"),
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
