"""Secrets, containers, orders, tasks, the keyring."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.migration import steps
from barbican_like.model.types import blob, long_text, moment, text

revision = "0001"
down_revision = None
branch_labels = ("key_manager",)
depends_on = None


def upgrade() -> None:
    """Make every table, and draw the id that binds sealed values to this deployment."""
    _make_deployment()
    _make_containers()
    _make_project_keys()
    _make_container_secrets()


def _make_deployment() -> None:
    steps.create_table(
        "deployment",
        sa.Column("id", text(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deployment"),
    )
    steps.create_table(
        "keyring_terms",
        sa.Column("term", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", blob(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("term", name="pk_keyring_terms"),
    )
    steps.create_table(
        "projects",
        sa.Column("id", text(36), nullable=False),
        sa.Column("external_id", text(255), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("external_id", name="uq_projects_external_id"),
    )
    steps.create_table(
        "tasks",
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("entity_id", text(36), nullable=False),
        sa.Column("kwargs", long_text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", text(255)),
        sa.Column("claim_expires", moment()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("last_error", text(255)),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("name", "entity_id", name="uq_tasks_name_entity_id"),
    )
    steps.create_index("ix_tasks_entity_id", "tasks", ["entity_id"])
    steps.create_index("ix_tasks_priority_run_at", "tasks", ["priority", "run_at"])


def _make_containers() -> None:
    steps.create_table(
        "containers",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("creator_id", text(255)),
        sa.Column("name", text(255)),
        sa.Column("type", text(32), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_containers_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_containers"),
    )
    steps.create_index(
        "ix_containers_project_id_created_at_id", "containers", ["project_id", "created_at", "id"]
    )
    steps.create_table(
        "orders",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("creator_id", text(255)),
        sa.Column("type", text(32), nullable=False),
        sa.Column("meta", long_text(), nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("secret_id", text(36)),
        sa.Column("container_id", text(36)),
        sa.Column("error_status_code", text(16)),
        sa.Column("error_reason", text(255)),
        sa.Column("sub_status", text(36)),
        sa.Column("sub_status_message", text(255)),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_orders_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    steps.create_index("ix_orders_project_id_created_at_id", "orders", ["project_id", "created_at", "id"])


def _make_project_keys() -> None:
    steps.create_table(
        "project_keys",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("active", sa.Integer()),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("wrapped", blob(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_keys_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["term"], ["keyring_terms.term"], name="fk_project_keys_term"),
        sa.PrimaryKeyConstraint("id", name="pk_project_keys"),
        sa.UniqueConstraint("project_id", "active", name="uq_project_keys_project_id_active"),
    )
    steps.create_index("ix_project_keys_term", "project_keys", ["term"])
    steps.create_table(
        "secrets",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("creator_id", text(255)),
        sa.Column("name", text(255)),
        sa.Column("secret_type", text(32), nullable=False),
        sa.Column("algorithm", text(255)),
        sa.Column("bit_length", sa.Integer()),
        sa.Column("mode", text(255)),
        sa.Column("expiration", moment()),
        sa.Column("content_type", text(64)),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_secrets_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_secrets"),
    )
    steps.create_index(
        "ix_secrets_project_id_created_at_id_expiration",
        "secrets",
        ["project_id", "created_at", "id", "expiration"],
    )


def _make_container_secrets() -> None:
    steps.create_table(
        "container_secrets",
        sa.Column("container_id", text(36), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret_id", text(36), nullable=False),
        sa.Column("name", text(255)),
        sa.ForeignKeyConstraint(
            ["container_id"], ["containers.id"], name="fk_container_secrets_container_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("container_id", "position", name="pk_container_secrets"),
    )
    steps.create_index("ix_container_secrets_secret_id", "container_secrets", ["secret_id"])
    steps.create_table(
        "secret_consumers",
        sa.Column("secret_id", text(36), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("service", text(255), nullable=False),
        sa.Column("resource_type", text(255), nullable=False),
        sa.Column("resource_id", text(255), nullable=False),
        sa.Column("creator_project_id", text(255), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["secret_id"], ["secrets.id"], name="fk_secret_consumers_secret_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_id", "digest", name="pk_secret_consumers"),
    )
    steps.create_table(
        "secret_payloads",
        sa.Column("secret_id", text(36), nullable=False),
        sa.Column("store", text(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_key_id", text(36)),
        sa.Column("sealed", blob(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_key_id"], ["project_keys.id"], name="fk_secret_payloads_project_key_id"
        ),
        sa.ForeignKeyConstraint(
            ["secret_id"], ["secrets.id"], name="fk_secret_payloads_secret_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_id", name="pk_secret_payloads"),
    )
    steps.create_index("ix_secret_payloads_project_key_id", "secret_payloads", ["project_key_id"])
    steps.insert_only_row("deployment", {"id": ids.new_id()})


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
