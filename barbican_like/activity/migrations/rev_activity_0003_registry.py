"""The registry's things and the lists that they are in."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "activity_0003"
down_revision = "activity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    steps.create_table(
        "registry_things",
        sa.Column("id", text(255), nullable=False),
        sa.Column("type", text(16), nullable=False),
        sa.Column("parent", text(255)),
        sa.Column("shortname", text(64)),
        sa.Column("login", text(255)),
        sa.Column("email", text(254)),
        sa.Column("status", text(16), nullable=False),
        sa.Column("start_time", sa.BigInteger),
        sa.Column("end_time", sa.BigInteger),
        sa.Column("properties", long_text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_things"),
        sa.ForeignKeyConstraint(["parent"], ["registry_things.id"], name="fk_registry_things_parent"),
        sa.UniqueConstraint("login", name="uq_registry_things_login"),
    )
    steps.create_index("ix_registry_things_email", "registry_things", ["email"])
    steps.create_index("ix_registry_things_type_id", "registry_things", ["type", "id"])
    steps.create_index("ix_registry_things_parent_type_id", "registry_things", ["parent", "type", "id"])
    steps.create_table(
        "registry_links",
        sa.Column("thing_id", text(255), nullable=False),
        sa.Column("name", text(16), nullable=False),
        sa.Column("target", text(255), nullable=False),
        sa.PrimaryKeyConstraint("thing_id", "name", "target", name="pk_registry_links"),
        sa.ForeignKeyConstraint(
            ["thing_id"], ["registry_things.id"], name="fk_registry_links_thing_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["registry_things.id"], name="fk_registry_links_target", ondelete="CASCADE"
        ),
    )
    steps.create_index(
        "ix_registry_links_target_name_thing_id", "registry_links", ["target", "name", "thing_id"]
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
