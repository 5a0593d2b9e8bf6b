"""New connections come to those who have taken a port over, and none is lost with those who leave it."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from barbican_like.http.edge import handover

ADDRESSES = ["127.0.0.1", "::1"]


def listener(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((address, port))
    made.listen(128)
    made.setblocking(False)
    return made


def callers_of(listening: socket.socket, closing: ExitStack) -> int:
    """How many connections wait at a socket; they are taken."""
    count = 0
    while True:
        try:
            closing.enter_context(listening.accept()[0])
        except BlockingIOError:
            return count
        count += 1


@pytest.fixture(params=ADDRESSES)
def address(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_after_a_takeover_only_the_newer_sockets_are_called(address: str, closing: ExitStack) -> None:
    older = [closing.enter_context(listener(address, 0))]
    port = older[0].getsockname()[1]
    older.append(closing.enter_context(listener(address, port)))
    assert handover.listeners(address, port) == 2
    newer = [closing.enter_context(listener(address, port)) for _ in range(2)]
    handover.take_over(port, older=2, newer=2)
    for _ in range(60):
        closing.enter_context(socket.create_connection((address, port), timeout=5))
    assert [callers_of(one, closing) for one in older] == [0, 0]
    assert sum(callers_of(one, closing) for one in newer) == 60
    for one in older:
        one.close()
    handover.spread_evenly(port)
    for _ in range(60):
        closing.enter_context(socket.create_connection((address, port), timeout=5))
    assert all(callers_of(one, closing) > 5 for one in newer)


def test_listeners_of_other_addresses_and_ports_do_not_count(closing: ExitStack) -> None:
    one = closing.enter_context(listener("127.0.0.1", 0))
    port = one.getsockname()[1]
    closing.enter_context(listener("127.0.0.2", port))
    closing.enter_context(listener("::1", port))
    assert handover.listeners("127.0.0.1", port) == 1
    assert handover.is_listening(port)


def test_a_connection_is_spoken_to_for_as_long_as_something_comes(closing: ExitStack) -> None:
    one = closing.enter_context(listener("127.0.0.1", 0))
    one.setblocking(True)
    port = one.getsockname()[1]
    caller = closing.enter_context(socket.create_connection(("127.0.0.1", port)))
    closing.enter_context(one.accept()[0])
    caller.sendall(b"x")
    assert handover.is_spoken_to(port, 60)
    assert not handover.is_spoken_to(port, 0)
    assert not handover.is_spoken_to(port + 1, 60)
