"""TCP ports that a test can give to a program that it starts."""

import contextlib
import itertools
import os
import random
import socket
from collections.abc import Iterator
from typing import Final

#: Below the ports that Linux gives to outgoing connections (from 32768 on), so that none of those takes one
#: between the moment when it is found free and the one when the program listens on it. And above those that
#: browsers connect to for nobody, 10,080 being the last (https://fetch.spec.whatwg.org/#port-blocking).
_FIRST: Final = 10_100
#: Each process of a parallel run of pytest has a range of its own.
_RANGE: Final = 2_500
_RANGES: Final = 9


#: The port after one that is given is free too: an instance has its live feed there.
_STEP: Final = 2


def _own_range() -> range:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = _FIRST + int(worker) % _RANGES * _RANGE
    return range(first, first + _RANGE, _STEP)


def _in_turn() -> Iterator[int]:
    ports = list(_own_range())
    begin = random.randrange(len(ports))  # runs beside this one begin elsewhere
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_PORTS: Final = _in_turn()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on: it refuses connections until somebody does."""
    for port in itertools.islice(_PORTS, _RANGE // _STEP):
        with socket.socket() as probe, socket.socket() as next_to_it:
            try:
                probe.bind(("127.0.0.1", port))
                next_to_it.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of the ports in {_own_range()} is free")


def listens(port: int) -> bool:
    """Whether something listens at a port of the loopback interface."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
