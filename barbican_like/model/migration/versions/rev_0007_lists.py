"""Indexes for long lists."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from barbican_like.model.migration import steps

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SOME: Final = sa.text("expiration IS NOT NULL")
_INDEXES: Final[tuple[tuple[str, str, list[str], dict[str, Any]], ...]] = (
    (
        "ix_secrets_expiration",
        "secrets",
        ["expiration"],
        {"postgresql_where": _SOME, "sqlite_where": _SOME},
    ),
    (
        "ix_secret_consumers_secret_id_created_at_digest",
        "secret_consumers",
        ["secret_id", "created_at", "digest"],
        {},
    ),
    (
        "ix_container_consumers_container_id_name_url",
        "container_consumers",
        ["container_id", "name", "url"],
        {},
    ),
)


def upgrade() -> None:
    """Make them."""
    for name, table, columns, options in _INDEXES:
        steps.create_index(name, table, columns, **options)


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
