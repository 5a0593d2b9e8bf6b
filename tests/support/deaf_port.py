"""A port that answers nobody: the kernel drops the packets of whoever wants to connect."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port of 127.0.0.1 whose queue of connections is full, and stays so."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        for _ in range(4):  # more than the queue of one takes
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(address)
        with socket.socket() as another:
            another.settimeout(0.2)
            try:
                another.connect(address)
            except TimeoutError:
                yield address[1]
                return
        raise AssertionError("the port has taken one more connection")
