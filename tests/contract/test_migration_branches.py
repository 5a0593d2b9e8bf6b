"""Each room's branch of migrations beside the key manager's, on every database."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from barbican_like.common.errors import ConfigurationError
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.migrate import KEY_MANAGER, Migrations
from barbican_like.model.unit_of_work import Reading
from tests.support import databases
from tests.support.entities import a_secret, add_secrets
from tests.support.sample_room import migrations as sample_migrations
from tests.support.threads import at_once

SAMPLE = Migrations(branch="sample", folder=Path(sample_migrations.__file__).parent, head="sample_0002")
BOTH = (KEY_MANAGER, SAMPLE)
START = """
import sys
from barbican_like import rooms
from barbican_like.model import database, migrate
opened = database.Database(sys.argv[1])
migrate.require_head(opened, rooms.migrations())
migrate.upgrade(opened, branches=rooms.migrations())
print("alembic" in sys.modules)
"""
NOTES = sa.table("sample_notes", sa.column("id"), sa.column("project_id"), sa.column("text"))


@pytest.fixture(params=databases.KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    with databases.empty_url(request.param, tmp_path) as url:
        database = Database(url)
        yield database
        database.close()


def note(database: Database) -> None:
    """Use the sample's newest schema."""
    with database.writing() as connection:
        project = connection.execute(sa.text("select id from projects")).scalar_one()
        connection.execute(NOTES.insert().values(id="note", project_id=project, text="kept"))


def test_each_branch_has_its_row(empty: Database) -> None:
    """Both are upgraded by one call, the key manager's first, and shown one by one."""
    migrate.upgrade(empty, branches=BOTH)
    migrate.require_head(empty, BOTH)
    assert migrate.current(empty) == {KEY_MANAGER.head, "sample_0002"}
    assert migrate.describe(empty, BOTH) == [("key_manager", KEY_MANAGER.head), ("sample", "sample_0002")]


def test_a_room_is_added_to_a_database_in_use(empty: Database) -> None:
    """Until its branch is upgraded the program refuses the database; what is there stays."""
    migrate.upgrade(empty)
    secret = a_secret()
    add_secrets(empty, secret)
    with pytest.raises(ConfigurationError, match=f"{KEY_MANAGER.head}, sample_0002 is needed: run"):
        migrate.require_head(empty, BOTH)
    assert migrate.describe(empty, BOTH) == [("key_manager", KEY_MANAGER.head), ("sample", "none")]
    migrate.upgrade(empty, branches=BOTH)
    migrate.require_head(empty, BOTH)
    note(empty)
    with Reading(empty) as view:
        assert view.secrets.get(secret.id) == secret


def test_a_database_of_the_time_before_branches_upgrades_in_place(empty: Database) -> None:
    """Its one row is the key manager's, as it stands."""
    migrate.upgrade(empty, "0004")
    assert migrate.current(empty) == {"0004"}
    migrate.upgrade(empty, branches=BOTH)
    migrate.require_head(empty, BOTH)


def test_one_branch_goes_to_a_revision_and_the_others_stay(empty: Database) -> None:
    """By the revision's name, or by the branch's."""
    migrate.upgrade(empty, branches=BOTH[:1])
    migrate.upgrade(empty, "sample_0001", BOTH)
    assert migrate.current(empty) == {KEY_MANAGER.head, "sample_0001"}
    migrate.upgrade(empty, "sample@head", BOTH)
    migrate.require_head(empty, BOTH)


def test_a_room_that_the_program_does_not_have_is_not_passed_over(empty: Database) -> None:
    """A database that another room writes to is refused, and the room's revision is named."""
    migrate.upgrade(empty, branches=BOTH)
    with pytest.raises(ConfigurationError, match="sample_0002"):
        migrate.require_head(empty)
    assert ("unknown", "sample_0002") in migrate.describe(empty)


def test_upgrades_at_once_make_each_branch_once(empty: Database) -> None:
    """All succeed, whoever is first."""
    migrate.upgrade(empty, "0004")
    url = empty.url.render_as_string(hide_password=False)

    def run(_number: int) -> None:
        database = Database(url)
        migrate.upgrade(database, branches=BOTH)
        database.close()

    at_once(3, run)
    migrate.require_head(empty, BOTH)


def test_the_history_is_told_branch_by_branch() -> None:
    """The newest first."""
    told = [(branch, revision) for branch, revision, _ in migrate.history(BOTH)]
    assert told[0] == ("key_manager", KEY_MANAGER.head)
    assert told[-3:] == [("key_manager", "0001"), ("sample", "sample_0002"), ("sample", "sample_0001")]


def test_a_schema_that_is_right_is_checked_without_alembic(sqlite_database: Database) -> None:
    """Importing it takes longer than all else of a start."""
    command = [sys.executable, "-c", START, sqlite_database.url.render_as_string()]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "False"
