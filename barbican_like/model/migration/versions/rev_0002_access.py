"""User metadata, ACLs, consumers of containers, quotas, transport keys."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_transport_keys()
    _make_container_acls()
    _make_secret_acls()
    _make_container_acl_users()
    for table in ("secret_consumers", "container_consumers"):
        steps.create_index(f"ix_{table}_creator_project_id", table, ["creator_project_id"])


def _make_transport_keys() -> None:
    steps.create_table(
        "transport_keys",
        sa.Column("id", text(36), nullable=False),
        sa.Column(
            "plugin_name",
            text(255),
            nullable=False,
        ),
        sa.Column("transport_key", long_text(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transport_keys"),
    )
    steps.create_table(
        "project_quotas",
        sa.Column(
            "project_id",
            text(36),
            nullable=False,
        ),
        sa.Column("secrets", sa.Integer()),
        sa.Column("orders", sa.Integer()),
        sa.Column("containers", sa.Integer()),
        sa.Column("consumers", sa.Integer()),
        sa.Column("cas", sa.Integer()),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_quotas_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_quotas"),
    )


def _make_container_acls() -> None:
    steps.create_table(
        "container_acls",
        sa.Column(
            "entity_id",
            text(36),
            nullable=False,
        ),
        sa.Column("project_access", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["containers.id"], name="fk_container_acls_entity_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entity_id", name="pk_container_acls"),
    )
    steps.create_table(
        "container_consumers",
        sa.Column(
            "container_id",
            text(36),
            nullable=False,
        ),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("url", text(255), nullable=False),
        sa.Column(
            "creator_project_id",
            text(255),
            nullable=False,
        ),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["container_id"],
            ["containers.id"],
            name="fk_container_consumers_container_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("container_id", "digest", name="pk_container_consumers"),
    )


def _make_secret_acls() -> None:
    steps.create_table(
        "secret_acls",
        sa.Column(
            "entity_id",
            text(36),
            nullable=False,
        ),
        sa.Column("project_access", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["secrets.id"], name="fk_secret_acls_entity_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entity_id", name="pk_secret_acls"),
    )
    steps.create_table(
        "secret_user_metadata",
        sa.Column(
            "secret_id",
            text(36),
            nullable=False,
        ),
        sa.Column("key", text(255), nullable=False),
        sa.Column(
            "value",
            text(255),
            nullable=False,
        ),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["secret_id"], ["secrets.id"], name="fk_secret_user_metadata_secret_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_id", "key", name="pk_secret_user_metadata"),
    )


def _make_container_acl_users() -> None:
    steps.create_table(
        "container_acl_users",
        sa.Column(
            "entity_id",
            text(36),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            text(255),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["container_acls.entity_id"],
            name="fk_container_acl_users_entity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entity_id", "user_id", name="pk_container_acl_users"),
    )
    steps.create_table(
        "secret_acl_users",
        sa.Column(
            "entity_id",
            text(36),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            text(255),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["secret_acls.entity_id"], name="fk_secret_acl_users_entity_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entity_id", "user_id", name="pk_secret_acl_users"),
    )
    steps.create_index("ix_secret_acl_users_user_id", "secret_acl_users", ["user_id"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
