"""Tasks in turns, claimed by leases."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from barbican_like.model.migration import steps
from barbican_like.model.types import long_text, moment, text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OLD: Final = "tasks_before_0006"

_CARRY_OVER: Final = """
INSERT INTO tasks (id, name, entity_id, project_id, kwargs, status, cost, turn, wanted, fence, attempts,
                   losses, last_error, cancel_requested, created_at)
SELECT old.id,
       CASE WHEN orders.type = 'asymmetric' THEN 'process_pair_order' ELSE old.name END,
       old.entity_id,
       COALESCE(owner.external_id, project.external_id, ''),
       old.kwargs, 'READY', 1000, 0, 1, old.fence, 0, 0, old.last_error, {false}, old.created_at
FROM tasks_before_0006 AS old
LEFT JOIN orders ON orders.id = old.entity_id
LEFT JOIN projects AS owner ON owner.id = orders.project_id
LEFT JOIN projects AS project ON project.id = old.entity_id
WHERE old.id NOT IN (SELECT id FROM tasks)
"""
"""Every open task is ready: a claim of before names no lease, and its worker's fence counts no more.

Dropping the old table commits the rows even where it fails: those that are there already are passed over.
"""


def upgrade() -> None:
    """Make the table anew, with every row that is in flight.

    On MariaDB each step is a transaction; one that broke off in between is taken up where it was.
    """
    dialect = op.get_bind().dialect.name
    _make_leases()
    # Without the old one, the table is the old one itself, or new and the last step is done.
    if not steps.has_table(_OLD) and not steps.has_column("tasks", "turn"):
        _set_aside(dialect)
    _make_tasks()
    if steps.has_table(_OLD):
        op.execute(_CARRY_OVER.format(false="0" if dialect == "sqlite" else "false"))
        op.drop_table(_OLD)


def _set_aside(dialect: str) -> None:
    """Free the table's name, and the names of its constraints and indexes; nobody may write in between."""
    if dialect in {"mysql", "mariadb"}:
        op.rename_table("tasks", _OLD)  # their names belong to the table
        return
    if dialect == "postgresql":
        op.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE {_OLD} AS SELECT * FROM tasks")  # noqa: S608
    op.drop_table("tasks")


def _make_leases() -> None:
    steps.create_table(
        "worker_leases",
        sa.Column("id", text(36), nullable=False),
        sa.Column("host", text(255), nullable=False),
        sa.Column("boot", text(64), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker_leases"),
    )


def _make_tasks() -> None:
    steps.create_table(
        "tasks",
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("entity_id", text(36), nullable=False),
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("kwargs", long_text(), nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("due_at", moment()),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", text(36)),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("failing_since", moment()),
        sa.Column("last_error", text(255)),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("progress", text(255)),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["claimed_by"], ["worker_leases.id"], name="fk_tasks_claimed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("entity_id", "name", name="uq_tasks_entity_id_name"),
    )
    steps.create_index("ix_tasks_claimed_by", "tasks", ["claimed_by"])
    steps.create_index("ix_tasks_name_status_turn", "tasks", ["name", "status", "turn"])
    steps.create_index(
        "ix_tasks_name_status_project_id_turn", "tasks", ["name", "status", "project_id", "turn"]
    )
    steps.create_index("ix_tasks_status_due_at", "tasks", ["status", "due_at"])


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
