"""The schema's way from nothing to what the program needs, on every database."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from barbican_like import rooms
from barbican_like.activity.tables import metadata as activity
from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.tables import metadata as contexts
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.migrate import KEY_MANAGER, Migrations
from barbican_like.model.tables import metadata as key_manager
from barbican_like.model.unit_of_work import Reading
from barbican_like.workqueue.tables import metadata as workqueue
from tests.support import databases
from tests.support.entities import a_secret, add_secrets

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=databases.KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    with databases.empty_url(request.param, tmp_path) as url:
        database = Database(url)
        yield database
        database.close()


def set_revision(database: Database, revision: str) -> None:
    """Make the schema claim another revision."""
    with database.writing() as connection:
        connection.execute(sa.text("update alembic_version set version_num = :to"), {"to": revision})


@pytest.mark.parametrize("branch", rooms.migrations(), ids=lambda branch: branch.branch)
def test_a_branchs_head_is_its_newest_migration(branch: Migrations) -> None:
    """It is the first of the history, which names each revision with its title."""
    history = migrate.history([branch])
    assert history[0][:2] == (branch.branch, branch.head)
    assert all(title for _, _, title in history)


def test_an_empty_database_is_refused_with_what_to_do(empty: Database) -> None:
    """It has no revision; the operator reads which command to run."""
    assert migrate.current(empty) == frozenset()
    with pytest.raises(ConfigurationError, match="run barbican-manage db upgrade"):
        migrate.require_head(empty)


def test_an_upgrade_makes_a_database_that_works(empty: Database) -> None:
    """From nothing to the newest revision, with a deployment id, and a secret can be kept."""
    migrate.upgrade(empty)
    assert migrate.current(empty) == {KEY_MANAGER.head}
    migrate.require_head(empty)
    secret = a_secret()
    add_secrets(empty, secret)
    with Reading(empty) as view:
        assert view.secrets.get(secret.id) == secret


def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    """Whether to head or to the revision by its number; the deployment's id stays."""
    migrate.upgrade(empty)
    with Reading(empty) as view:
        deployment = view.projects.deployment_id()
    for revision in ("head", KEY_MANAGER.head):
        migrate.upgrade(empty, revision)
    with Reading(empty) as view:
        assert view.projects.deployment_id() == deployment


def test_the_migrations_make_what_the_program_describes(database: Database) -> None:
    """Tables, columns with their types, indexes and constraints: no difference either way.

    Those of the feed are not the same on each database; it has a test of its own.
    """
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name not in activity.tables,
    }
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, [key_manager, contexts, workqueue]) == []


def test_processes_that_upgrade_at_once_all_succeed(empty: Database, tmp_path: Path) -> None:
    """Three commands started together: each ends with 0, and the schema is made once."""
    config = tmp_path / "barbican.conf"
    url = empty.url.render_as_string(hide_password=False).replace("$", "$$")
    config.write_text(f"[DEFAULT]\ndata_dir = {tmp_path}\n[database]\nconnection = {url}\n")
    command = [
        sys.executable,
        "-m",
        "barbican_like.cmd.manage",
        "--config-file",
        str(config),
        "db",
        "upgrade",
    ]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=60)[0], process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    migrate.require_head(empty, rooms.migrations())
    with Reading(empty) as view:
        assert view.projects.deployment_id()


def test_a_schema_of_another_program_version_is_refused(empty: Database) -> None:
    """A newer schema is neither used nor touched; the messages name what was found."""
    migrate.upgrade(empty)
    set_revision(empty, "9999")
    with pytest.raises(ConfigurationError, match="9999"):
        migrate.require_head(empty)
    with pytest.raises(ConfigurationError, match="9999"):
        migrate.upgrade(empty)
    assert migrate.current(empty) == {"9999"}


def test_an_unknown_revision_is_refused(empty: Database) -> None:
    """A wrong ``--version`` is the operator's error, told in one line."""
    with pytest.raises(ConfigurationError, match="no-such-revision"):
        migrate.upgrade(empty, "no-such-revision")
    assert migrate.current(empty) == frozenset()
