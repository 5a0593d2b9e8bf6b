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
from tests.support.web_servers import Server, moto, s3, webdav


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


@pytest.fixture(scope="session")
def webdav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the session."""
    with webdav(tmp_path_factory.mktemp("webdav")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One over a folder."""
    with s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that keeps keys."""
    with moto(tmp_path_factory.mktemp("moto")) as server:
        yield server
