"""A process keeps as many connections as it may, and does not count them over and over."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from barbican_like.http.edge import connections
from barbican_like.http.edge.connections import Connections

MOST = 40


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=2 * MOST) as server:
        yield server


def connect(stack: ExitStack, listener: socket.socket) -> socket.socket:
    client = stack.enter_context(socket.create_connection(listener.getsockname(), timeout=10))
    stack.enter_context(listener.accept()[0])
    return client


def test_the_longest_silent_of_too_many_are_closed(listener: socket.socket) -> None:
    with ExitStack() as stack:
        clients = [connect(stack, listener) for _ in range(MOST + 2)]
        Connections(listener.getsockname()[1], most=MOST, answer_seconds=60).look()
        assert len(closed_of(clients, expected=2)) == 2


def test_a_full_house_is_not_looked_at_again(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Connections(listener.getsockname()[1], most=MOST, answer_seconds=60)
    with ExitStack() as stack:
        for _ in range(MOST):
            connect(stack, listener)
        watch.look()
        monkeypatch.setattr(connections, "own_sockets", refuse)
        watch.look()


def closed_of(clients: list[socket.socket], expected: int) -> list[socket.socket]:
    """Those that the other side has closed, as soon as they are as many as expected."""
    closed: list[socket.socket] = []
    while len(closed) < expected:
        closed, _, _ = select.select(clients, [], [], 30)
        assert closed
        assert all(client.recv(1, socket.MSG_PEEK) == b"" for client in closed)
    return closed


def refuse(*_: object, **__: object) -> Iterator[socket.socket]:
    raise AssertionError("the connections were gone through once more")
