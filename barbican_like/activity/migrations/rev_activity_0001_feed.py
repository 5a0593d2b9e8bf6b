"""The feed of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0001"
down_revision = None
branch_labels = ("activity",)
depends_on = None


def upgrade() -> None:
    """Make the feed, empty, and where several write at once the place where they put their rows."""
    steps.create_table(
        "feed_head",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("oldest", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_head"),
    )
    steps.insert_only_row("feed_head", {"id": 1, "last": 0, "oldest": 1})
    if op.get_bind().dialect.name == "sqlite":
        steps.create_table(
            "changes",
            sa.Column("seq", sa.Integer, nullable=False),
            *_of_a_change(),
            sa.PrimaryKeyConstraint("seq", name="pk_changes"),
            sqlite_autoincrement=True,
        )
        return
    steps.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        *_of_a_change(),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    steps.create_table(
        "changes_new",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=True),
        *_of_a_change(),
        sa.PrimaryKeyConstraint("id", name="pk_changes_new"),
    )


def _of_a_change() -> list[sa.Column[object]]:
    return [
        sa.Column("at", moment(), nullable=False),
        sa.Column("name", text(32), nullable=False),
        sa.Column("object_id", text(255), nullable=False),
        sa.Column("op", text(16), nullable=False),
        sa.Column("what", text(32)),
        sa.Column("old_status", text(16)),
        sa.Column("new_status", text(16)),
        sa.Column("actor", text(255)),
        sa.Column("project_id", text(255)),
        sa.Column("event_id", text(36)),
        sa.Column("audience", long_text()),
        sa.Column("snapshot", long_text(), nullable=False),
    ]


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
