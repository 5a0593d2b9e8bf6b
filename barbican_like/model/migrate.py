"""The schema's revisions: what they are, what they should be, how they get there.

Each room has a branch of migrations of its own, and the table ``alembic_version`` one row for each
branch. So a room can be added to a database in use, and none waits for another's numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from barbican_like.common.errors import ConfigurationError, Overloaded
from barbican_like.model.database import Database
from barbican_like.model.drivers import is_refusal

if TYPE_CHECKING:  # alembic takes long to import, and only operators' commands need it
    from alembic.config import Config

_FOLDER: Final = Path(__file__).parent / "migration"
_HEAD: Final = "head"
_NONE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """A room's branch of migrations."""

    branch: str  # the label of the branch's first revision
    folder: Path  # where its revisions are, a file each
    head: str  # the newest of them, which the program works with; a test compares it with the files


KEY_MANAGER: Final = Migrations(branch="key_manager", folder=_FOLDER / "versions", head="0009")


def current(database: Database) -> frozenset[str]:
    """The newest revision of each branch that the database has; nothing when it is empty.

    :raises ConfigurationError: when the database will not have this program.
    :raises Overloaded: when it cannot be reached, or not now.
    """
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return frozenset()
            return frozenset(connection.execute(text("select version_num from alembic_version")).scalars())
    except (DBAPIError, Overloaded) as error:
        cause = error.__cause__ if isinstance(error, Overloaded) else error
        reason = f"the database cannot be used: {cause.orig if isinstance(cause, DBAPIError) else error}"
        if isinstance(cause, DBAPIError) and is_refusal(cause):
            raise ConfigurationError(reason) from error
        raise Overloaded(reason) from error


def require_head(database: Database, branches: Sequence[Migrations] = (KEY_MANAGER,)) -> None:
    """Refuse a database whose schema is not the one this program works with.

    :raises ConfigurationError: saying what to do.
    """
    revisions, heads = current(database), _heads(branches)
    if revisions != heads:
        raise ConfigurationError(
            f"the database's schema is at revision {_listed(revisions)}, {_listed(heads)} is needed: "
            "run barbican-manage db upgrade"
        )


def upgrade(
    database: Database, revision: str = _HEAD, branches: Sequence[Migrations] = (KEY_MANAGER,)
) -> None:
    """Bring the schema to a revision; two at once on one database wait for each other.

    :param revision: of one branch; ``head`` brings every branch to its newest, in the order given.
    :raises ConfigurationError: when there is no such revision, or the database has one that is not known.
    """
    if revision == _HEAD and current(database) == _heads(branches):
        return
    from alembic import command
    from alembic.util import CommandError

    targets = [f"{one.branch}@head" for one in branches] if revision == _HEAD else [revision]
    with database.writing() as connection, _alone(connection):
        config = _config(branches)
        config.attributes["connection"] = connection
        try:
            for target in targets:
                command.upgrade(config, target)
        except CommandError as error:
            raise ConfigurationError(f"migration: {error}") from error


def describe(database: Database, branches: Sequence[Migrations] = (KEY_MANAGER,)) -> list[tuple[str, str]]:
    """Each branch with the database's revision of it, nothing when it is empty.

    A revision of none of the branches is listed as unknown.
    """
    revisions = current(database)
    if not revisions:
        return []
    branch_of = {revision: branch for branch, revision, _ in history(branches)}
    newest = {branch_of[revision]: revision for revision in revisions if revision in branch_of}
    unknown = [("unknown", revision) for revision in sorted(revisions - branch_of.keys())]
    return [(one.branch, newest.get(one.branch, _NONE)) for one in branches] + unknown


def history(branches: Sequence[Migrations] = (KEY_MANAGER,)) -> list[tuple[str, str, str]]:
    """Every revision with its branch and its title, branch after branch, the newest first."""
    from alembic.script import ScriptDirectory

    return [
        (one.branch, script.revision, (script.doc or "").rstrip("."))
        for one in branches
        for script in ScriptDirectory.from_config(_config([one])).walk_revisions()
    ]


def _heads(branches: Sequence[Migrations]) -> frozenset[str]:
    return frozenset(one.head for one in branches)


def _listed(revisions: frozenset[str]) -> str:
    return ", ".join(sorted(revisions)) or _NONE


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


def _config(branches: Sequence[Migrations]) -> Config:
    from alembic.config import Config

    config = Config()
    options = {
        "script_location": str(_FOLDER),
        "version_locations": os.pathsep.join(str(one.folder) for one in branches),
        "path_separator": "os",
    }
    for name, value in options.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config
