"""Which processes listen on a port, as the kernel shows it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from barbican_like.cmd.supervise.listening import listeners_on


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")],
)
def test_a_listener_is_found_with_its_address(family: socket.AddressFamily, address: str) -> None:
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        (found,) = listeners_on(port)
        assert (found.address, found.port, found.pid) == (address, port, os.getpid())
        assert found.name
        with socket.create_connection((("::1" if ":" in address else "127.0.0.1"), port)):
            assert listeners_on(port) == [found]  # a connection is no listener
    assert listeners_on(port) == []


def test_all_processes_that_share_a_socket_are_found() -> None:
    """As an API's serving processes do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", "input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[server.fileno()]) as child:
            assert {one.pid for one in listeners_on(server.getsockname()[1])} == {os.getpid(), child.pid}
            child.communicate(b"\n")
