"""Instances to break, on each database and transport."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.broker import drop_topic
from tests.faults.instance import Instance, Options
from tests.faults.ledger import Ledger
from tests.support.databases import empty_url
from tests.support.servers import required_url


@dataclass(frozen=True)
class Place:
    """Where instances are made: on which database, over which transport."""

    name: str
    folder: Path
    template: Path | None
    database_url: str | None = None
    transport_url: str | None = None
    topic: str = ""

    def instance(self, name: str = "instance", options: Options | None = None) -> Instance:
        """A fresh instance; a database server's place has one only."""
        merged = {section: dict(values) for section, values in (options or {}).items()}
        if self.transport_url:
            merged.setdefault("DEFAULT", {})["transport_url"] = self.transport_url
            merged.setdefault("queue", {})["topic"] = self.topic
        return Instance.make(
            self.folder / name, options=merged, database_url=self.database_url, template=self.template
        )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a master key and an empty SQLite database, to be copied."""
    return Instance.make(tmp_path_factory.mktemp("template")).data


@pytest.fixture
def embedded(template: Path, tmp_path: Path) -> Place:
    """SQLite, and unix sockets for the wake-ups: what comes without any server."""
    return Place("sqlite", tmp_path, template)


@contextmanager
def place_named(name: str, folder: Path, template: Path) -> Iterator[Place]:
    """One of: sqlite, postgresql, mariadb; rabbit, which is SQLite with wake-ups over RabbitMQ."""
    if name == "rabbit":
        url, topic = required_url("BARBICAN_TEST_RABBIT_URL"), f"faults.{uuid.uuid4().hex}"
        yield Place(name, folder, template, transport_url=url, topic=topic)
        drop_topic(url, topic)
    elif name == "sqlite":
        yield Place(name, folder, template)
    else:
        with empty_url(name, folder) as url:
            yield Place(name, folder, None, database_url=url)


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)
MARIADB = pytest.param("mariadb", marks=pytest.mark.mariadb)
RABBIT = pytest.param("rabbit", marks=pytest.mark.rabbit)


@pytest.fixture(params=["sqlite", POSTGRESQL, MARIADB, RABBIT])
def place(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Place]:
    """Every database with the local wake-ups, and SQLite with those over RabbitMQ."""
    with place_named(request.param, tmp_path, template) as found:
        yield found


@pytest.fixture(params=["sqlite", POSTGRESQL])
def either(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Place]:
    """The embedded database, and a server's: for what does not depend on the kind of server."""
    with place_named(request.param, tmp_path, template) as found:
        yield found


@pytest.fixture(params=["sqlite", POSTGRESQL, MARIADB])
def stored(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Place]:
    """Every database, each with the local wake-ups."""
    with place_named(request.param, tmp_path, template) as found:
        yield found


@pytest.fixture(params=["sqlite", RABBIT])
def transport(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Place]:
    """Both ways of the wake-ups."""
    with place_named(request.param, tmp_path, template) as found:
        yield found


@pytest.fixture(params=[POSTGRESQL, MARIADB])
def served(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Place]:
    """The databases that are servers."""
    with place_named(request.param, tmp_path, template) as found:
        yield found


@contextmanager
def opened(instance: Instance) -> Iterator[Ledger]:
    """An instance with its ledger; every process is ended at the end."""
    with instance, Ledger(instance.database_url) as ledger:
        yield ledger
