"""A broker that is away, or there and silent: nobody waits for it, and the process ends."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
ENDS_WITHIN = 30.0


@pytest.fixture(params=["refuses", "silent"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a broker should be: a closed port, or one that takes connections and says nothing."""
    with ExitStack() as stack:
        if request.param == "refuses":
            port = free_port()
        else:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = server.getsockname()[1]
        yield f"rabbit://guest:guest@127.0.0.1:{port}/"


def steps(url: str, count: int, waiting: int) -> dict[str, float]:
    """What tests/support/broker_away.py measures; it must end by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.broker_away", url, str(count), str(waiting)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_sending_and_listening_return_at_once(url: str) -> None:
    """A hundred wake-ups in milliseconds each, a worker that starts; both end within seconds."""
    took = steps(url, count=100, waiting=1000)
    assert took["wake"] < 0.5
    assert took["start"] < 2
    assert took["close"] < 5
    assert took["stop"] < 5


def test_what_has_no_room_is_counted_as_lost(url: str) -> None:
    """The rest of fifty wake-ups with room for five, and closing does not wait for room."""
    took = steps(url, count=50, waiting=5)
    assert took["lost"] >= 50 - 5 - 1
    assert took["wake"] < 0.5
    assert took["close"] < 5
