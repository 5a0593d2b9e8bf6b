"""A table for the passphrases of pending orders."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson
import sqlalchemy as sa
from alembic import op

from barbican_like.model.migration import steps
from barbican_like.model.types import blob, long_text, moment, text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_RESERVED: Final = datetime(1970, 1, 1)  # noqa: DTZ001  naive UTC, as all times of the tables
"""The expiration that such a passphrase had while it was a secret that nobody was to see."""

_TASKS: Final = sa.table(
    "tasks", sa.column("name", text(64)), sa.column("entity_id", text(36)), sa.column("kwargs", long_text())
)
_SECRETS: Final = sa.table("secrets", sa.column("id", text(36)), sa.column("expiration", moment()))
_PAYLOADS: Final = sa.table(
    "secret_payloads",
    sa.column("secret_id", text(36)),
    sa.column("store", text(64)),
    sa.column("version", sa.Integer()),
    sa.column("project_key_id", text(36)),
    sa.column("sealed", blob()),
)
_NEW: Final = sa.table(
    "order_passphrases", sa.column("order_id", text(36)), *(sa.column(c.name, c.type) for c in _PAYLOADS.c)
)


def upgrade() -> None:
    """Make the table, and move to it what has been kept among the secrets.

    On MariaDB each step is a transaction; one that broke off in between is taken up where it was.
    """
    _make_table()
    there = set(op.get_bind().execute(sa.select(_NEW.c.order_id)).scalars())
    rows = [row for row in _pending() if row["order_id"] not in there]
    if rows:
        op.bulk_insert(_NEW, rows)
    op.execute(_SECRETS.delete().where(_SECRETS.c.expiration == _RESERVED))


def _make_table() -> None:
    steps.create_table(
        "order_passphrases",
        sa.Column("order_id", text(36), nullable=False),
        sa.Column("secret_id", text(36), nullable=False),
        sa.Column("store", text(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_key_id", text(36)),
        sa.Column("sealed", blob(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_passphrases_order_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_key_id"], ["project_keys.id"], name="fk_order_passphrases_project_key_id"
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_order_passphrases"),
    )
    steps.create_index("ix_order_passphrases_project_key_id", "order_passphrases", ["project_key_id"])


def _pending() -> list[dict[str, object]]:
    """The passphrases of the orders that have a task yet; no other can be of use to anyone."""
    connection = op.get_bind()
    payloads = sa.select(*_PAYLOADS.c).join(_SECRETS, _SECRETS.c.id == _PAYLOADS.c.secret_id)
    sealed = {
        row["secret_id"]: dict(row)
        for row in connection.execute(payloads.where(_SECRETS.c.expiration == _RESERVED)).mappings()
    }
    tasks = sa.select(_TASKS.c.entity_id, _TASKS.c.kwargs).where(
        _TASKS.c.name == "process_type_order", _TASKS.c.kwargs.contains("passphrase_id")
    )
    return [
        {"order_id": order_id} | sealed[secret_id]
        for order_id, kwargs in connection.execute(tasks)
        if (secret_id := _passphrase_id(kwargs)) in sealed
    ]


def _passphrase_id(kwargs: str) -> object:
    """What a task's arguments name; None where they cannot be read."""
    try:
        arguments = orjson.loads(kwargs)
    except orjson.JSONDecodeError:
        return None
    return arguments.get("passphrase_id") if isinstance(arguments, dict) else None


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
