"""The application with a transfer worker, shared; each test takes a project of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.application import Instance
from tests.support.transfers import Mover, mover, moving


@pytest.fixture(scope="session")
def moving_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The shared application on SQLite."""
    with moving(tmp_path_factory.mktemp("moving")) as instance:
        yield instance


@pytest.fixture
def someone(moving_instance: Instance) -> Mover:
    """Somebody who may move files, of a fresh project."""
    return mover(moving_instance)
