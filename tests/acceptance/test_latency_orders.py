"""How long an order takes from its POST until a GET shows it ACTIVE, with nothing else to do.

The figures are printed in any case; the gate is the product's promise.
"""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.support.instance import EMBEDDED, MARIADB, POSTGRES, RABBIT, STANDALONE, Instance

pytestmark = pytest.mark.timed

AES_ORDERS = 50
RSA_ORDERS = 10
MEDIAN_SECONDS = 0.100  # 5 to 55 ms were measured
DEADLINE_SECONDS = 30.0
#: A machine that is busy with other things for a moment gets a second chance.
ROUNDS = 3


@dataclass(frozen=True)
class Orders:
    """Orders over one connection that is kept open."""

    connection: http.client.HTTPConnection
    project: str

    def seconds_until_active(self, kind: str, algorithm: str, bit_length: int) -> float:
        """Order one thing and ask for it again and again."""
        meta = {"name": "latency", "algorithm": algorithm, "bit_length": bit_length}
        begun = time.perf_counter()
        accepted = self._ask("POST", "/v1/orders", {"type": kind, "meta": meta})
        path = "/v1/orders/" + str(accepted["order_ref"]).rpartition("/")[2]
        while (status := self._ask("GET", path)["status"]) == "PENDING":
            assert time.perf_counter() - begun < DEADLINE_SECONDS
        assert status == "ACTIVE"
        return time.perf_counter() - begun

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        headers = {"X-Project-Id": self.project, "Content-Type": "application/json"}
        self.connection.request(method, path, body and json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status in {200, 202}, content
        return dict(json.loads(content))

    def first_look(self, algorithm: str, bit_length: int) -> tuple[str, float]:
        """The status that the first GET of an order for a pair shows, and the seconds that it took."""
        meta = {"name": "latency", "algorithm": algorithm, "bit_length": bit_length}
        accepted = self._ask("POST", "/v1/orders", {"type": "asymmetric", "meta": meta})
        begun = time.perf_counter()
        status = self._ask("GET", "/v1/orders/" + str(accepted["order_ref"]).rpartition("/")[2])["status"]
        return str(status), time.perf_counter() - begun


@pytest.fixture
def orders(instance: Instance, project: str) -> Iterator[Orders]:
    """Orders in the test's project, which exists already."""
    with closing(http.client.HTTPConnection("localhost", instance.port)) as connection:
        one = Orders(connection, project)
        one.seconds_until_active("key", "aes", 256)
        yield one


def figures(taken: list[float]) -> str:
    """What people read."""
    ninth = sorted(taken)[len(taken) * 9 // 10]
    shown = {"median": statistics.median(taken), "p90": ninth, "max": max(taken)}
    return ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in shown.items())


@pytest.mark.parametrize("instance", [EMBEDDED, STANDALONE, RABBIT, POSTGRES, MARIADB], indirect=True)
def test_an_aes_order_is_active_at_once(
    orders: Orders, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The median of 50, one after the other."""
    medians: list[float] = []
    while len(medians) < ROUNDS and not any(median <= MEDIAN_SECONDS for median in medians):
        taken = [orders.seconds_until_active("key", "aes", 256) for _ in range(AES_ORDERS)]
        medians.append(statistics.median(taken))
        with capsys.disabled():
            print(f"\n{request.node.name}: {AES_ORDERS} AES-256 orders: {figures(taken)}")  # noqa: T201
    assert min(medians) <= MEDIAN_SECONDS


@pytest.mark.parametrize("instance", [EMBEDDED, RABBIT], indirect=True)
def test_rsa_orders_become_active(
    orders: Orders, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """RSA-2048 takes as long as its primes do: every order ends, and the time is printed."""
    taken = [orders.seconds_until_active("asymmetric", "rsa", 2048) for _ in range(RSA_ORDERS)]
    with capsys.disabled():
        print(f"\n{request.node.name}: {RSA_ORDERS} RSA-2048 orders: {figures(taken)}")  # noqa: T201
    assert len(taken) == RSA_ORDERS


@pytest.mark.parametrize("instance", [EMBEDDED, STANDALONE, POSTGRES, MARIADB], indirect=True)
def test_the_first_look_at_a_pair_shows_it_or_has_waited_for_it(orders: Orders) -> None:
    """Clients that find it PENDING sleep for a second: half a second of waiting saves most of them that."""
    looks = [orders.first_look("rsa", 2048) for _ in range(RSA_ORDERS)]
    assert all(status == "ACTIVE" or seconds >= 0.45 for status, seconds in looks), looks
    assert any(status == "ACTIVE" for status, _ in looks), looks
