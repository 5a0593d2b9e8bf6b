"""A keyring for each secret store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from barbican_like.model.migration import steps
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
        steps.add_column(
            table, sa.Column("store", text(64), nullable=False, server_default=sa.literal(_FIRST_STORE))
        )
        # Unasked: it does no harm where it is done.
        op.alter_column(table, "store", existing_type=text(64), existing_nullable=False, server_default=None)
    if steps.has_foreign_key("project_keys", "fk_project_keys_term"):
        op.drop_constraint("fk_project_keys_term", "project_keys", type_="foreignkey")
    if steps.has_index("project_keys", "ix_project_keys_term"):
        op.drop_index("ix_project_keys_term", "project_keys")
    _replace_primary_key()
    _replace_unique()
    steps.create_index("ix_project_keys_store_term", "project_keys", ["store", "term"])
    if not steps.has_foreign_key("project_keys", "fk_project_keys_store"):
        op.create_foreign_key(
            "fk_project_keys_store", "project_keys", "keyring_terms", ["store", "term"], ["store", "term"]
        )


def _replace_primary_key() -> None:
    if steps.primary_key("keyring_terms") == ["term"]:
        if op.get_bind().dialect.name == "postgresql":
            op.drop_constraint("pk_keyring_terms", "keyring_terms", type_="primary")
        else:
            op.execute("ALTER TABLE keyring_terms DROP PRIMARY KEY")
    if not steps.primary_key("keyring_terms"):
        op.create_primary_key("pk_keyring_terms", "keyring_terms", ["store", "term"])


def _replace_unique() -> None:
    # First the new one: MariaDB wants an index that begins with project_id for that column's foreign key.
    old, new = "uq_project_keys_project_id_active", "uq_project_keys_project_id_store_active"
    if not steps.has_index("project_keys", new):
        op.create_unique_constraint(new, "project_keys", ["project_id", "store", "active"])
    if steps.has_index("project_keys", old):
        op.drop_constraint(old, "project_keys", type_="unique")


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
