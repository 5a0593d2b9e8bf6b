"""The application that integration tests call: on SQLite, and for some on each database."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import databases
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.shared import one_of_each


@pytest.fixture(scope="session")
def instance_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instance]]:
    """Gives the application with a worker on a kind of database: each test takes a project of its own."""

    @contextlib.contextmanager
    def started(kind: str) -> Iterator[Instance]:
        folder = tmp_path_factory.mktemp(kind)
        with contextlib.ExitStack() as stack:
            url = stack.enter_context(databases.empty_url(kind, folder))
            yield stack.enter_context(running(prepare(folder, f"[database]\nconnection = {url}")))

    with one_of_each(started) as on:
        yield on


@pytest.fixture(scope="session")
def instance(instance_on: Callable[[str], Instance]) -> Instance:
    """The shared application on SQLite."""
    return instance_on("sqlite")


@pytest.fixture(scope="session", params=databases.KINDS)
def any_instance(request: pytest.FixtureRequest, instance_on: Callable[[str], Instance]) -> Instance:
    """The shared application on each of the databases in turn."""
    return instance_on(request.param)


@pytest.fixture(scope="module")
def new_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Instance]]:
    """Starts further applications, configured as a test wants; they end with the module."""
    with contextlib.ExitStack() as stack:

        def start(settings: str = "", **options: Any) -> Instance:
            conf = prepare(tmp_path_factory.mktemp("instance"), settings)
            return stack.enter_context(running(conf, **options))

        yield start


@pytest.fixture
def caller(instance: Instance) -> Caller:
    """An admin of a fresh project, on SQLite."""
    return instance.caller()


@pytest.fixture
def any_caller(any_instance: Instance) -> Caller:
    """An admin of a fresh project, on each of the databases in turn."""
    return any_instance.caller()
