"""Runs migrations over the connection that :mod:`barbican_like.model.migrate` hands in."""

from __future__ import annotations

from alembic import context

from barbican_like.model.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
