"""An application whose operator asks; nobody works its tasks but the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application without a worker."""
    with running(prepare(tmp_path_factory.mktemp("data")), worker=False) as started:
        yield started


@pytest.fixture
def admin(instance: Instance) -> Caller:
    """An administrator."""
    return instance.caller()
