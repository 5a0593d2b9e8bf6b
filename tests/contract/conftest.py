"""Fixtures of the contract suites."""

from collections.abc import Iterator

import pytest

from tests.support import brokers


@pytest.fixture(params=brokers.KINDS)
def line(request: pytest.FixtureRequest) -> Iterator[brokers.Line]:
    """A transport with an address of its own: each test runs on local sockets and on RabbitMQ."""
    with brokers.a_line(request.param) as found:
        yield found
