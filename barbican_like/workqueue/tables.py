"""The room's tables; what the columns mean stands in ``models.py``.

Projects stand here by their external ids: what the key manager keeps of a project may end before its jobs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from barbican_like.model.tables import metadata as key_manager
from barbican_like.model.types import blob, long_text, moment, text

metadata = MetaData(naming_convention=key_manager.naming_convention)

sites = Table(
    "transfer_sites",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("project_id", text(255), nullable=False),
    Column("name", text(64), nullable=False),
    Column("description", text(255), nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("endpoints", long_text(), nullable=False),
    Column("home", long_text(), nullable=False),
    Column("default_path", long_text(), nullable=False),
    Column("auth", text(16), nullable=False),
    Column("host_keys", long_text(), nullable=False),
    Column("ca_cert", long_text()),
    Column("connections", Integer, nullable=False),
    Column("per_link", Integer, nullable=False),
    Column("bandwidth", BigInteger),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    UniqueConstraint("project_id", "name"),
    Index(None, "is_public"),
    sqlite_autoincrement=True,  # an id that was used never names another site
)

credentials = Table(
    "transfer_credentials",
    metadata,
    Column("site_id", Integer, ForeignKey("transfer_sites.id", ondelete="CASCADE"), primary_key=True),
    Column("project_id", text(255), primary_key=True),
    Column("secret_id", text(36), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Index(None, "project_id"),
)

jobs = Table(
    "transfer_jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("project_id", text(255), nullable=False),
    Column("user_id", text(255)),
    Column("type", text(16), nullable=False),
    Column("src_siteid", Integer, nullable=False),
    Column("dst_siteid", Integer),
    # The other end of its link: the destination of a copy, else the source itself.
    Column("link_siteid", Integer, nullable=False),
    Column("src_filepath", long_text(), nullable=False),
    Column("dst_filepath", long_text()),
    Column("protocol", text(16), nullable=False),
    Column("extra_opts", long_text(), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("max_tries", Integer, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("log_uid", text(36), nullable=False),
    Column("status", text(16), nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("expanded", Boolean, nullable=False),
    Column("cursor", blob()),
    Column("next_element", Integer, nullable=False),
    Column("num_new", Integer, nullable=False),
    Column("num_submitted", Integer, nullable=False),
    Column("num_running", Integer, nullable=False),
    Column("num_done", Integer, nullable=False),
    Column("num_failed", Integer, nullable=False),
    Column("num_cancelled", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("wake_at", moment()),
    Column("last_turn", BigInteger, nullable=False),
    Column("bytes_total", BigInteger, nullable=False),
    Column("bytes_done", BigInteger, nullable=False),
    Column("created_at", moment(), nullable=False),
    Column("updated_at", moment(), nullable=False),
    Index(None, "project_id", "user_id", "id"),
    # The next job of a link.
    Index(None, "src_siteid", "link_siteid", "waiting"),
    Index(None, "link_siteid", "waiting"),
    sqlite_autoincrement=True,
)

elements = Table(
    "transfer_elements",
    metadata,
    Column("job_id", Integer, ForeignKey("transfer_jobs.id"), primary_key=True, autoincrement=False),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("type", text(16), nullable=False),
    Column("below", blob(), nullable=False),
    Column("stage", SmallInteger, nullable=False),
    Column("size", BigInteger),
    Column("status", text(16), nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("due_at", moment()),
    Column("auth_since", moment()),
    Column("slot", text(36)),
    Column("suspect", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_tries", Integer, nullable=False),
    Column("transferred", BigInteger, nullable=False),
    Column("elapsed", Double(), nullable=False),
    Column("instant", Double(), nullable=False),
    Column("average", Double(), nullable=False),
    Column("checksum", text(80)),
    Column("error_class", text(16)),
    Column("error_code", text(16)),
    Column("error_reason", text(255)),
    Column("updated_at", moment(), nullable=False),
    # The next of a job's that a worker may take.
    Index(None, "job_id", "waits", "stage", "id"),
    # The first that failed.
    Index(None, "job_id", "status", "id"),
    Index(None, "slot"),
)

attempts = Table(
    "transfer_attempts",
    metadata,
    Column("job_id", Integer, primary_key=True, autoincrement=False),
    Column("element_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", moment(), nullable=False),
    Column("ended_at", moment(), nullable=False),
    Column("host", text(255), nullable=False),
    Column("status", text(16), nullable=False),
    Column("error_class", text(16)),
    Column("error_code", text(16)),
    Column("error_reason", text(255)),
    ForeignKeyConstraint(["job_id", "element_id"], ["transfer_elements.job_id", "transfer_elements.id"]),
)

# What element 0 has found, in pages: a listing, or the plan of a dry run.
findings = Table(
    "transfer_findings",
    metadata,
    Column("job_id", Integer, ForeignKey("transfer_jobs.id"), primary_key=True, autoincrement=False),
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("content", blob(), nullable=False),
)

# A connection that may be: its task row is its right to exist, and it is counted where that row is claimed
# with the fence that it was let in with.
slots = Table(
    "transfer_slots",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("src_siteid", Integer, nullable=False),
    Column("dst_siteid", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
)

shares = Table(
    "transfer_shares",
    metadata,
    Column("project_id", text(255), primary_key=True),
    Column("served", Double(), nullable=False),
)

keys = Table(
    "transfer_keys",
    metadata,
    Column("project_id", text(255), primary_key=True),
    Column("user_id", text(255), primary_key=True),
    Column("name", text(255), primary_key=True),
    Column("digest", text(64), nullable=False),
    Column("job_id", Integer, nullable=False, index=True),
    Column("created_at", moment(), nullable=False, index=True),
)
