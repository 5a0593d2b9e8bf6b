"""A broker that is away, or there and silent: nobody waits for it, and the process ends."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
ENDS_WITHIN = 30.0


Steps = Mapping[str, float]
CASES = {"enough": (100, 1000), "little": (50, 5)}
"""How many wake-ups are sent, and how many have room to wait."""


def steps(case: str, url: str) -> Steps:
    """What tests/support/broker_away.py measures; it must end by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.broker_away", url, *map(str, CASES[case])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module", params=["refuses", "silent"])
def took(request: pytest.FixtureRequest) -> Mapping[str, Steps]:
    """The steps of each case, where a closed port stands for the broker, or one that says nothing."""
    with ExitStack() as stack:
        port = free_port()
        if request.param == "silent":
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        url = f"rabbit://guest:guest@127.0.0.1:{port}/"
        # At once, since all they do is wait.
        pool = stack.enter_context(ThreadPoolExecutor(len(CASES)))
        return dict(zip(CASES, pool.map(steps, CASES, [url] * len(CASES)), strict=True))


def test_sending_and_listening_return_at_once(took: Mapping[str, Steps]) -> None:
    """A hundred wake-ups in milliseconds each, a worker that starts; both end within seconds."""
    assert took["enough"]["wake"] < 0.5
    assert took["enough"]["start"] < 2
    assert took["enough"]["close"] < 5
    assert took["enough"]["stop"] < 5


def test_what_has_no_room_is_counted_as_lost(took: Mapping[str, Steps]) -> None:
    """The rest of fifty wake-ups with room for five, and closing does not wait for room."""
    assert took["little"]["lost"] >= 50 - 5 - 5
    assert took["little"]["wake"] < 0.5
    assert took["little"]["close"] < 5
