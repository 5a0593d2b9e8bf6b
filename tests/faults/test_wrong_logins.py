"""Sixteen callers send wrong passwords in a loop: others are served as ever, beside all other kinds too."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import bcrypt
import pytest

from tests.faults.client import Client, secret
from tests.faults.conftest import Place
from tests.faults.instance import Instance
from tests.faults.processes import ROOT
from tests.faults.test_stalled_callers import (
    DEADLINES,
    KINDS,
    SETTLED_SECONDS,
    SLOWEST_SECONDS,
    Holders,
    held,
    served,
    shown,
)
from tests.faults.waiting import let_pass, tell, wait_for

GUESSERS: Final = 16
CALLS: Final = 300
COST: Final = 12
_USUAL: Final = 0.03
"""Seconds of a quiet p99 on a machine with other work; below it, three times as much would be noise."""
_RUN_UP: Final = 3.0


def authorization(name: str, password: str = "right") -> str:  # noqa: S107  known to be wrong or of a test
    """The header's text."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@contextmanager
def guessing(port: int, *names: str) -> Iterator[dict[int, int]]:
    """Sixteen who guess meanwhile; afterwards, how often each status came."""
    seen: dict[int, int] = {}
    words = [sys.executable, "-m", "tests.faults.guessers", str(port), str(GUESSERS), *names]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield seen
    finally:
        told, _ = process.communicate(timeout=120)
    seen.update({int(status): number for status, number in json.loads(told).items()})


@pytest.fixture
def asking(tmp_path: Path) -> Mapping[str, Mapping[str, str]]:
    """The options of an API that knows alice, bob and carol."""
    file = tmp_path / "htpasswd"
    stored = bcrypt.hashpw(b"right", bcrypt.gensalt(COST)).decode()
    file.write_text("".join(f"{name}:{stored}\n" for name in ("alice", "bob", "carol")))
    file.chmod(0o600)
    return {"api": {**DEADLINES["api"], "auth": "basic", "htpasswd_file": str(file)}}


def stored_by(instance: Instance, name: str) -> str:
    """A new secret of a user."""
    with instance.client() as client:
        answer = client.call("POST", "/v1/secrets", secret("precious"), Authorization=authorization(name))
    assert answer.status == 201, answer
    return answer.made


def seconds_of_calls(instance: Instance, name: str, secret_id: str) -> list[float]:
    """How long each of some calls of a healthy caller takes, the healthcheck of somebody else among them."""
    took = []
    with instance.client(timeout=SLOWEST_SECONDS) as client:
        for number in range(CALLS):
            begun = time.monotonic()
            if number % 10 == 0:
                with Client(instance.port, timeout=SLOWEST_SECONDS) as fresh:
                    assert fresh.get("/healthcheck").status == 200
            else:
                answer = client.get(f"/v1/secrets/{secret_id}/payload", Authorization=authorization(name))
                assert (answer.status, answer.content) == (200, b"precious")
            took.append(time.monotonic() - begun)
    return took


def p99(took: list[float]) -> float:
    """The slowest but one in a hundred."""
    return sorted(took)[int(len(took) * 0.99) - 1]


@pytest.mark.timed
@pytest.mark.parametrize("beside", ["nobody else", "all other kinds"])
def test_a_healthy_caller_is_served_beside(
    beside: str, embedded: Place, asking: Mapping[str, Mapping[str, str]]
) -> None:
    """As fast as ever, within three times of the slow end; also bob, with whose name they guess.

    Afterwards the process has no more files and threads than before.
    """
    with served(embedded, asking) as (instance, api):
        secrets = {name: stored_by(instance, name) for name in ("alice", "bob")}
        before = seconds_of_calls(instance, "alice", secrets["alice"])
        files, threads = held(api)
        with Holders(instance.port) as holders, guessing(instance.port, "bob", "nobody") as seen:
            if beside != "nobody else":
                KINDS["all together"](holders)
            during = seconds_of_calls(instance, "alice", secrets["alice"])
            let_pass(_RUN_UP)  # the free failures are used up: from now on most are 429
            later = seconds_of_calls(instance, "alice", secrets["alice"])
        tell(f"{beside}: before {shown(before)}; during {shown(during)}; later {shown(later)}; {seen}")
        wait_for("nothing of them is left", lambda: held(api)[0] <= files + 4, SETTLED_SECONDS)
        wait_for("the threads are back", lambda: held(api)[1] <= threads + 4, SETTLED_SECONDS)
        seconds_of_calls(instance, "alice", secrets["alice"])
    assert set(seen) <= {401, 429, 503}
    assert seen[429]
    for took in (during, later):
        assert p99(took) <= 3 * max(p99(before), _USUAL), shown(took)


def test_first_logins_are_taken_beside_guesses(
    embedded: Place, asking: Mapping[str, Mapping[str, str]]
) -> None:
    """Of a user whose password this process has not seen yet, from another address than theirs."""
    behind_a_proxy = {**asking, "oslo_middleware": {"enable_proxy_headers_parsing": "true"}}
    with (
        served(embedded, behind_a_proxy) as (instance, _),
        guessing(instance.port, "carol") as seen,
        instance.client() as client,
    ):

        def status() -> int:
            sent = {"Authorization": authorization("carol"), "X_Forwarded_For": "192.0.2.9"}
            return client.call("GET", "/v1/secrets", **sent).status

        wait_for("carol is let in", lambda: status() == 200, SETTLED_SECONDS, pause=0.5)
    assert 200 not in seen
