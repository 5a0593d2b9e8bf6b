"""Databases with the room's tables, one of each kind a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.writing import writer
from barbican_like.activity.tables import changes_new, feed_head, registry_things
from barbican_like.activity.tables import metadata as ours
from barbican_like.model import migrate
from barbican_like.model.database import Database
from tests.support import databases
from tests.support.shared import one_of_each


@pytest.fixture(scope="session")
def feed_database_of_kind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Gives the session's database of a kind, observed as every process of the program observes it."""
    with one_of_each(lambda kind: databases.migrated(kind, tmp_path_factory.mktemp(kind))) as of_kind:

        def upgraded(kind: str) -> Database:
            database = of_kind(kind)
            migrate.upgrade(database, branches=rooms.migrations())
            database.observers = (writer(Catalogue(rooms.followed())),)
            return database

        yield upgraded


@pytest.fixture(params=databases.KINDS)
def feed(
    request: pytest.FixtureRequest, feed_database_of_kind: Callable[[str], Database]
) -> Iterator[Database]:
    """A database with an empty feed."""
    database = feed_database_of_kind(request.param)
    yield database
    with database.writing() as connection:
        connection.execute(registry_things.update().values(parent=None))  # each is under another
    databases.clear(database)
    with database.writing() as connection:
        for table in reversed(ours.sorted_tables):
            if table is not feed_head and (table is not changes_new or database.dialect != "sqlite"):
                connection.execute(table.delete())
        connection.execute(feed_head.update().values(last=0, oldest=1))
        if database.dialect == "sqlite":
            connection.execute(sa.text("delete from sqlite_sequence"))
