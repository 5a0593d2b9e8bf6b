"""A keyring for each secret store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from barbican_like.model.types import blob, moment, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FIRST_STORE = "simple_crypto"
"""What all keys that there are belong to: the one store of the revisions before."""


def upgrade() -> None:
    """Let terms and project keys say whose they are, and be unique within it."""
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        _alter()


def _alter() -> None:
    for table in ("keyring_terms", "project_keys"):
        op.add_column(
            table, sa.Column("store", text(64), nullable=False, server_default=sa.literal(_FIRST_STORE))
        )
        op.alter_column(table, "store", existing_type=text(64), existing_nullable=False, server_default=None)
    op.drop_constraint("fk_project_keys_term", "project_keys", type_="foreignkey")
    op.drop_index("ix_project_keys_term", "project_keys")
    _drop_primary_key("keyring_terms")
    op.create_primary_key("pk_keyring_terms", "keyring_terms", ["store", "term"])
    # First the new one: MariaDB wants an index that begins with project_id for that column's foreign key.
    op.create_unique_constraint(
        "uq_project_keys_project_id_store_active", "project_keys", ["project_id", "store", "active"]
    )
    op.drop_constraint("uq_project_keys_project_id_active", "project_keys", type_="unique")
    op.create_index("ix_project_keys_store_term", "project_keys", ["store", "term"])
    op.create_foreign_key(
        "fk_project_keys_store", "project_keys", "keyring_terms", ["store", "term"], ["store", "term"]
    )


def _drop_primary_key(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(f"pk_{table}", table, type_="primary")
    else:
        op.execute(f"ALTER TABLE {table} DROP PRIMARY KEY")


def _rebuild() -> None:
    """SQLite changes no constraint of a table that is there: both are made anew, within this transaction.

    The rows of secret_payloads name keys all the while, which is why their check waits for the commit.
    """
    op.execute("PRAGMA defer_foreign_keys = ON")
    for table in ("project_keys", "keyring_terms"):
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")  # noqa: S608
        op.drop_table(table)
    _make_terms()
    _make_keys()
    for table, columns in (
        ("keyring_terms", "term, sealed, created_at"),
        ("project_keys", "id, project_id, active, term, wrapped, created_at"),
    ):
        op.execute(
            f"INSERT INTO {table} (store, {columns}) SELECT '{_FIRST_STORE}', {columns} FROM old_{table}"  # noqa: S608
        )
        op.drop_table(f"old_{table}")


def _make_terms() -> None:
    op.create_table(
        "keyring_terms",
        sa.Column("store", text(64), nullable=False),
        sa.Column("term", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", blob(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", "term", name="pk_keyring_terms"),
    )


def _make_keys() -> None:
    op.create_table(
        "project_keys",
        sa.Column("id", text(36), nullable=False),
        sa.Column("project_id", text(36), nullable=False),
        sa.Column("store", text(64), nullable=False),
        sa.Column("active", sa.Integer()),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("wrapped", blob(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_keys_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["store", "term"], ["keyring_terms.store", "keyring_terms.term"], name="fk_project_keys_store"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_project_keys"),
        sa.UniqueConstraint("project_id", "store", "active", name="uq_project_keys_project_id_store_active"),
    )
    op.create_index("ix_project_keys_store_term", "project_keys", ["store", "term"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
