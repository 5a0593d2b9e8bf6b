"""A migrated database with the room's tables, one of each kind a session."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from barbican_like import rooms
from barbican_like.model import migrate
from barbican_like.model.database import Database
from tests.support import databases
from tests.support.shared import one_of_each
from tests.support.sshd import Sshd, running


@pytest.fixture(scope="session")
def transfers_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Gives the session's database of a kind."""

    @contextlib.contextmanager
    def made(kind: str) -> Iterator[Database]:
        with databases.empty_url(kind, tmp_path_factory.mktemp(f"transfers-{kind}")) as url:
            database = Database(url)
            migrate.upgrade(database, branches=rooms.migrations())
            yield database
            database.close()

    with one_of_each(made) as on:
        yield on


@pytest.fixture(params=databases.KINDS)
def transfers(request: pytest.FixtureRequest, transfers_on: Callable[[str], Database]) -> Database:
    """The session's database of each kind in turn; each test takes a project of its own."""
    return transfers_on(request.param)


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A server of the session."""
    with running(tmp_path_factory.mktemp("sshd")) as server:
        yield server
