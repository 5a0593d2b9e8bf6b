"""The application with a transfer worker, shared; each test takes a project of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.support import databases
from tests.support.application import Instance
from tests.support.shared import one_of_each
from tests.support.transfers import Mover, mover, moving


@pytest.fixture(scope="session")
def moving_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The shared application on SQLite."""
    with moving(tmp_path_factory.mktemp("moving")) as instance:
        yield instance


@pytest.fixture(scope="session")
def moving_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instance]]:
    """Gives the application on a kind of database."""

    @contextlib.contextmanager
    def started(kind: str) -> Iterator[Instance]:
        folder = tmp_path_factory.mktemp(f"moving-{kind}")
        with contextlib.ExitStack() as stack:
            url = stack.enter_context(databases.empty_url(kind, folder))
            yield stack.enter_context(moving(folder, f"[database]\nconnection = {url}\npool_size = 32"))

    with one_of_each(started) as on:
        yield on


@pytest.fixture(params=databases.KINDS)
def anyone(request: pytest.FixtureRequest, moving_on: Callable[[str], Instance]) -> Mover:
    """Somebody who may move files, on each of the databases in turn."""
    return mover(moving_on(request.param))


@pytest.fixture
def someone(moving_instance: Instance) -> Mover:
    """Somebody who may move files, of a fresh project."""
    return mover(moving_instance)
