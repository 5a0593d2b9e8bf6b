"""The schema's revision: what it is, what it should be, how it gets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from barbican_like.common.errors import ConfigurationError, Overloaded
from barbican_like.model.database import Database

if TYPE_CHECKING:  # alembic takes long to import, and only operators' commands need it
    from alembic.config import Config

HEAD = "0006"
"""The revision that this program works with; a test compares it with the newest migration."""


def current(database: Database) -> str | None:
    """The database's revision, None when it is empty.

    :raises ConfigurationError: when the database cannot be reached.
    """
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()
    except (DBAPIError, Overloaded) as error:
        cause = error.__cause__ if isinstance(error, Overloaded) else error
        reason = cause.orig if isinstance(cause, DBAPIError) else error
        raise ConfigurationError(f"the database cannot be used: {reason}") from error


def require_head(database: Database) -> None:
    """Refuse a database whose schema is not the one this program works with.

    :raises ConfigurationError: saying what to do.
    """
    found = current(database)
    if found != HEAD:
        raise ConfigurationError(
            f"the database's schema is at revision {found or 'none'}, {HEAD} is needed: "
            "run barbican-manage db upgrade"
        )


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to ``revision``; two at once on one database wait for each other."""
    if revision in {"head", HEAD} and current(database) == HEAD:
        return
    from alembic import command
    from alembic.util import CommandError

    with database.writing() as connection, _alone(connection):
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise ConfigurationError(f"migration: {error}") from error


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """One at a time on a server; SQLite's transaction is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(9311)"))
    if connection.dialect.name not in {"mysql", "mariadb"}:
        yield
        return
    # A lock of the session and not of the transaction, which DDL commits.
    if connection.execute(text("select get_lock(concat(database(), '.migration'), 60)")).scalar_one() != 1:
        raise ConfigurationError("migration: another one has been at work on this database for a minute")
    try:
        yield
    finally:
        connection.execute(text("select release_lock(concat(database(), '.migration'))"))


def history() -> list[tuple[str, str]]:
    """Every revision with its title, the newest first."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return [(revision.revision, (revision.doc or "").rstrip(".")) for revision in script.walk_revisions()]


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migration").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
