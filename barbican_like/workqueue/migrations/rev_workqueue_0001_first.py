"""Sites, jobs and what they consist of."""

from __future__ import annotations

import sqlalchemy as sa

from barbican_like.model.migration import steps
from barbican_like.model.types import blob, long_text, moment, text

revision = "workqueue_0001"
down_revision = None
branch_labels = ("workqueue",)
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _make_jobs()
    _make_keys()
    _make_shares()
    _make_sites()
    _make_slots()
    _make_credentials()
    _make_elements()
    _make_findings()
    _make_attempts()


def _make_jobs() -> None:
    steps.create_table(
        "transfer_jobs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("user_id", text(255)),
        sa.Column("type", text(16), nullable=False),
        sa.Column("src_siteid", sa.Integer(), nullable=False),
        sa.Column("dst_siteid", sa.Integer()),
        sa.Column("link_siteid", sa.Integer(), nullable=False),
        sa.Column("src_filepath", long_text(), nullable=False),
        sa.Column("dst_filepath", long_text()),
        sa.Column("protocol", text(16), nullable=False),
        sa.Column("extra_opts", long_text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("max_tries", sa.Integer(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("log_uid", text(36), nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("expanded", sa.Boolean(), nullable=False),
        sa.Column("cursor", blob()),
        sa.Column("next_element", sa.Integer(), nullable=False),
        sa.Column("num_new", sa.Integer(), nullable=False),
        sa.Column("num_submitted", sa.Integer(), nullable=False),
        sa.Column("num_running", sa.Integer(), nullable=False),
        sa.Column("num_done", sa.Integer(), nullable=False),
        sa.Column("num_failed", sa.Integer(), nullable=False),
        sa.Column("num_cancelled", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("wake_at", moment()),
        sa.Column("last_turn", sa.BigInteger(), nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_jobs"),
        sqlite_autoincrement=True,
    )
    steps.create_index("ix_transfer_jobs_link_siteid_waiting", "transfer_jobs", ["link_siteid", "waiting"])
    steps.create_index(
        "ix_transfer_jobs_project_id_user_id_id", "transfer_jobs", ["project_id", "user_id", "id"]
    )
    steps.create_index(
        "ix_transfer_jobs_src_siteid_link_siteid_waiting",
        "transfer_jobs",
        ["src_siteid", "link_siteid", "waiting"],
    )


def _make_keys() -> None:
    steps.create_table(
        "transfer_keys",
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("user_id", text(255), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "user_id", "name", name="pk_transfer_keys"),
    )
    steps.create_index("ix_transfer_keys_created_at", "transfer_keys", ["created_at"])
    steps.create_index("ix_transfer_keys_job_id", "transfer_keys", ["job_id"])


def _make_shares() -> None:
    steps.create_table(
        "transfer_shares",
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("served", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_transfer_shares"),
    )


def _make_sites() -> None:
    steps.create_table(
        "transfer_sites",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("description", text(255), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("endpoints", long_text(), nullable=False),
        sa.Column("home", long_text(), nullable=False),
        sa.Column("default_path", long_text(), nullable=False),
        sa.Column("auth", text(16), nullable=False),
        sa.Column("host_keys", long_text(), nullable=False),
        sa.Column("ca_cert", long_text()),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("per_link", sa.Integer(), nullable=False),
        sa.Column("bandwidth", sa.BigInteger()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.UniqueConstraint("project_id", "name", name="uq_transfer_sites_project_id_name"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_sites"),
        sqlite_autoincrement=True,
    )
    steps.create_index("ix_transfer_sites_is_public", "transfer_sites", ["is_public"])


def _make_slots() -> None:
    steps.create_table(
        "transfer_slots",
        sa.Column("id", text(36), nullable=False),
        sa.Column("src_siteid", sa.Integer(), nullable=False),
        sa.Column("dst_siteid", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_slots"),
    )


def _make_credentials() -> None:
    steps.create_table(
        "transfer_credentials",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project_id", text(255), nullable=False),
        sa.Column("secret_id", text(36), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "project_id", name="pk_transfer_credentials"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["transfer_sites.id"], name="fk_transfer_credentials_site_id", ondelete="CASCADE"
        ),
    )
    steps.create_index("ix_transfer_credentials_project_id", "transfer_credentials", ["project_id"])


def _make_elements() -> None:
    steps.create_table(
        "transfer_elements",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", text(16), nullable=False),
        sa.Column("below", blob(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("status", text(16), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("due_at", moment()),
        sa.Column("auth_since", moment()),
        sa.Column("slot", text(36)),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_tries", sa.Integer(), nullable=False),
        sa.Column("transferred", sa.BigInteger(), nullable=False),
        sa.Column("elapsed", sa.Double(), nullable=False),
        sa.Column("instant", sa.Double(), nullable=False),
        sa.Column("average", sa.Double(), nullable=False),
        sa.Column("checksum", text(80)),
        sa.Column("error_class", text(16)),
        sa.Column("error_code", text(16)),
        sa.Column("error_reason", text(255)),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "id", name="pk_transfer_elements"),
        sa.ForeignKeyConstraint(["job_id"], ["transfer_jobs.id"], name="fk_transfer_elements_job_id"),
    )
    steps.create_index(
        "ix_transfer_elements_job_id_status_id", "transfer_elements", ["job_id", "status", "id"]
    )
    steps.create_index(
        "ix_transfer_elements_job_id_waits_stage_id", "transfer_elements", ["job_id", "waits", "stage", "id"]
    )
    steps.create_index("ix_transfer_elements_slot", "transfer_elements", ["slot"])


def _make_findings() -> None:
    steps.create_table(
        "transfer_findings",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", blob(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "page", name="pk_transfer_findings"),
        sa.ForeignKeyConstraint(["job_id"], ["transfer_jobs.id"], name="fk_transfer_findings_job_id"),
    )


def _make_attempts() -> None:
    steps.create_table(
        "transfer_attempts",
        sa.Column("job_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", moment(), nullable=False),
        sa.Column("ended_at", moment(), nullable=False),
        sa.Column("host", text(255), nullable=False),
        sa.Column("status", text(16), nullable=False),
        sa.Column("error_class", text(16)),
        sa.Column("error_code", text(16)),
        sa.Column("error_reason", text(255)),
        sa.PrimaryKeyConstraint("job_id", "element_id", "number", name="pk_transfer_attempts"),
        sa.ForeignKeyConstraint(
            ["job_id", "element_id"],
            ["transfer_elements.job_id", "transfer_elements.id"],
            name="fk_transfer_attempts_job_id",
        ),
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError
