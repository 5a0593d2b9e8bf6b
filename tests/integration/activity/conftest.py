"""Gateways of the shared applications."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.application import Instance
from tests.support.live import Live, gateway_of


@pytest.fixture(scope="module")
def live(any_instance: Instance) -> Iterator[Live]:
    """A gateway beside the application, on each of the databases in turn."""
    with gateway_of(any_instance) as found:
        yield found


@pytest.fixture(scope="module")
def sqlite_live(instance: Instance) -> Iterator[Live]:
    """The same on SQLite."""
    with gateway_of(instance) as found:
        yield found
