"""The tables, as SQLAlchemy Core sees them; what the columns mean stands in ``models.py``.

Statements are built from these once, at import, and only executed afterwards: building one costs
four times its execution.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as text_of

from barbican_like.model.types import blob, long_text, moment, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row, written by the first migration: binds every sealed value to this deployment.
deployment = Table("deployment", metadata, Column("id", text(36), primary_key=True))

projects = Table(
    "projects",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("external_id", text(255), nullable=False, unique=True),
    Column("created_at", moment(), nullable=False),
)

keyring_terms = Table(
    "keyring_terms",
    metadata,
    # The name that payloads' rows have of the store whose keyring it is.
    Column("store", text(64), primary_key=True),
    Column("term", Integer, primary_key=True, autoincrement=False),
    Column("sealed", blob(), nullable=False),
    Column("created_at", moment(), nullable=False),
)

project_keys = Table(
    "project_keys",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(36), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("store", text(64), nullable=False),
    # 1 on the key that seals, null on those that only open: a unique index holds one active key a project
    # in each store.
    Column("active", Integer),
    Column("term", Integer, nullable=False),
    Column("wrapped", blob(), nullable=False),
    Column("created_at", moment(), nullable=False),
    UniqueConstraint("project_id", "store", "active"),
    ForeignKeyConstraint(["store", "term"], ["keyring_terms.store", "keyring_terms.term"]),
    Index(None, "store", "term"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(36), ForeignKey("projects.id"), nullable=False),
    Column("creator_id", text(255)),
    Column("name", text(255)),
    Column("secret_type", text(32), nullable=False),
    Column("algorithm", text(255)),
    Column("bit_length", Integer),
    Column("mode", text(255)),
    Column("expiration", moment()),
    Column("content_type", text(64)),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    # Serves the default order and, with expiration in it, the count of a list from the index alone.
    Index(None, "project_id", "created_at", "id", "expiration"),
    # Finds those that have expired long ago; most never do, and MariaDB alone has them in it too.
    Index(
        None,
        "expiration",
        postgresql_where=text_of("expiration IS NOT NULL"),
        sqlite_where=text_of("expiration IS NOT NULL"),
    ),
)

secret_payloads = Table(
    "secret_payloads",
    metadata,
    Column("secret_id", text(36), ForeignKey("secrets.id", ondelete="CASCADE"), primary_key=True),
    Column("store", text(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("project_key_id", text(36), ForeignKey("project_keys.id"), index=True),
    Column("sealed", blob(), nullable=False),
)

secret_consumers = Table(
    "secret_consumers",
    metadata,
    Column("secret_id", text(36), ForeignKey("secrets.id", ondelete="CASCADE"), primary_key=True),
    # SHA-256 over the three names, since all of them together are too long for an index.
    Column("digest", text(64), primary_key=True),
    Column("service", text(255), nullable=False),
    Column("resource_type", text(255), nullable=False),
    Column("resource_id", text(255), nullable=False),
    Column("creator_project_id", text(255), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    # Counts what a project has registered, for its quota.
    Index(None, "creator_project_id"),
    # Serves the list of a secret's consumers.
    Index(None, "secret_id", "created_at", "digest"),
)

secret_user_metadata = Table(
    "secret_user_metadata",
    metadata,
    Column("secret_id", text(36), ForeignKey("secrets.id", ondelete="CASCADE"), primary_key=True),
    Column("key", text(255), primary_key=True),
    Column("value", text(255), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

secret_acls = Table(
    "secret_acls",
    metadata,
    Column("entity_id", text(36), ForeignKey("secrets.id", ondelete="CASCADE"), primary_key=True),
    Column("project_access", Boolean, nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

secret_acl_users = Table(
    "secret_acl_users",
    metadata,
    Column("entity_id", text(36), ForeignKey("secret_acls.entity_id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", text(255), primary_key=True),
    Column("position", Integer, nullable=False),
    # Finds what a user may read in other projects.
    Index(None, "user_id"),
)

containers = Table(
    "containers",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(36), ForeignKey("projects.id"), nullable=False),
    Column("creator_id", text(255)),
    Column("name", text(255)),
    Column("type", text(32), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Index(None, "project_id", "created_at", "id"),
)

# No foreign key to secrets: a reference to an expired secret remains, and deleting a secret removes its own.
container_secrets = Table(
    "container_secrets",
    metadata,
    Column("container_id", text(36), ForeignKey("containers.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("secret_id", text(36), nullable=False, index=True),
    Column("name", text(255)),
)

container_acls = Table(
    "container_acls",
    metadata,
    Column("entity_id", text(36), ForeignKey("containers.id", ondelete="CASCADE"), primary_key=True),
    Column("project_access", Boolean, nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

container_acl_users = Table(
    "container_acl_users",
    metadata,
    Column(
        "entity_id", text(36), ForeignKey("container_acls.entity_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("user_id", text(255), primary_key=True),
    Column("position", Integer, nullable=False),
)

container_consumers = Table(
    "container_consumers",
    metadata,
    Column("container_id", text(36), ForeignKey("containers.id", ondelete="CASCADE"), primary_key=True),
    # SHA-256 over name and URL, since both together are too long for an index.
    Column("digest", text(64), primary_key=True),
    Column("name", text(255), nullable=False),
    Column("url", text(255), nullable=False),
    Column("creator_project_id", text(255), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    # Counts what a project has registered, for its quota.
    Index(None, "creator_project_id"),
    # Serves the list of a container's consumers.
    Index(None, "container_id", "name", "url"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(36), ForeignKey("projects.id"), nullable=False),
    Column("creator_id", text(255)),
    Column("type", text(32), nullable=False),
    Column("meta", long_text(), nullable=False),
    Column("status", text(16), nullable=False),
    Column("secret_id", text(36)),
    Column("container_id", text(36)),
    Column("error_status_code", text(16)),
    Column("error_reason", text(255)),
    Column("sub_status", text(36)),
    Column("sub_status_message", text(255)),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Index(None, "project_id", "created_at", "id"),
    # What operators see of all projects: how many wait, since when, and what has failed of late.
    Index(None, "status", "updated_at"),
)

# Passphrases of pending orders, each sealed as the payload of the secret that its order will make of it.
order_passphrases = Table(
    "order_passphrases",
    metadata,
    Column("order_id", text(36), ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True),
    Column("secret_id", text(36), nullable=False),
    Column("store", text(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("project_key_id", text(36), ForeignKey("project_keys.id"), index=True),
    Column("sealed", blob(), nullable=False),
)

# Small secrets that rooms keep for themselves, sealed as payloads are.
sealed_values = Table(
    "sealed_values",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("project_id", text(36), ForeignKey("projects.id"), nullable=False, index=True),
    Column("store", text(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("project_key_id", text(36), ForeignKey("project_keys.id"), index=True),
    Column("sealed", blob(), nullable=False),
)

# What an administrator has set; null: the configured default.
project_quotas = Table(
    "project_quotas",
    metadata,
    Column("project_id", text(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("secrets", Integer),
    Column("orders", Integer),
    Column("containers", Integer),
    Column("consumers", Integer),
    Column("cas", Integer),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

transport_keys = Table(
    "transport_keys",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("plugin_name", text(255), nullable=False),
    Column("transport_key", long_text(), nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

# What the configuration offers; `store` is the name that payloads' rows have.
secret_stores = Table(
    "secret_stores",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("store", text(64), nullable=False, unique=True),
    Column("name", text(255), nullable=False),
    Column("store_plugin", text(255), nullable=False),
    Column("crypto_plugin", text(255)),
    Column("global_default", Boolean, nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

project_secret_store = Table(
    "project_secret_store",
    metadata,
    Column("project_id", text(36), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("secret_store_id", text(36), ForeignKey("secret_stores.id"), nullable=False, index=True),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
)

# A worker process that lives; see queue/leases.py.
worker_leases = Table(
    "worker_leases",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("host", text(255), nullable=False),
    Column("boot", text(64), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("created_at", moment(), nullable=False),
)

# Finished tasks have no row, so that (name, entity) is unique among the open ones.
tasks = Table(
    "tasks",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("name", text(64), nullable=False),
    Column("entity_id", text(36), nullable=False),
    Column("project_id", text(255), nullable=False),
    Column("kwargs", long_text(), nullable=False),
    Column("status", text(16), nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("due_at", moment()),
    Column("wanted", BigInteger, nullable=False),
    Column("claimed_by", text(36), ForeignKey("worker_leases.id"), index=True),
    Column("fence", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("failing_since", moment()),
    Column("last_error", text(255)),
    Column("cancel_requested", Boolean, nullable=False),
    Column("progress", text(255)),
    Column("created_at", moment(), nullable=False),
    UniqueConstraint("entity_id", "name"),
    # The look of a worker: the next ready rows of a kind, whatever else the table holds.
    Index(None, "name", "status", "turn"),
    # The last turn that a project has in a kind.
    Index(None, "name", "status", "project_id", "turn"),
    # Rows whose time has come.
    Index(None, "status", "due_at"),
)
