"""The broker killed, hung, or not there yet: orders are accepted at their usual speed, and get done."""

import statistics
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.broker import Broker, consumers
from tests.faults.client import Client
from tests.faults.conftest import Place, opened
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import tell, wait_for

pytestmark = [pytest.mark.rabbit, pytest.mark.timeout(240)]

SWEEP = 2.0  # seconds; long, so that an order that is done sooner was done by its wake-up
RECONNECT_SECONDS = 60
POSTS = 50
SLOWEST_POST = 0.250  # seconds
OPTIONS = {"worker": {"sweep_interval": str(SWEEP)}}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that may be killed."""
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def broker(node: Broker) -> Broker:
    """The same, running."""
    node.ensure_running()
    return node


@pytest.fixture
def place(broker: Broker, template: Path, tmp_path: Path) -> Place:
    """SQLite, with wake-ups over the broker that may be killed."""
    topic = f"faults.{uuid.uuid4().hex}"
    return Place("rabbit", tmp_path, template, transport_url=broker.url, topic=topic)


def median_of_posts(client: Client) -> float:
    """The median time of 50 POSTs of orders, all accepted, in seconds."""
    times = []
    for _ in range(POSTS):
        begun = time.monotonic()
        client.order("aes")
        times.append(time.monotonic() - begun)
    return statistics.median(times)


def time_of_one(client: Client) -> float:
    """Seconds from an order's POST until it is ACTIVE."""
    begun = time.monotonic()
    made = client.order("aes")
    wait_for(
        "the order is ACTIVE",
        lambda: client.get(f"/v1/orders/{made}").json()["status"] == "ACTIVE",
        30,
        pause=0.005,
    )
    return time.monotonic() - begun


def require_wake_ups(client: Client, place: Place) -> float:
    """Wait until a worker has subscribed, then see that orders are done well before a sweep; the median."""
    url = place.transport_url or ""
    wait_for("a worker has subscribed", lambda: consumers(url, place.topic), RECONNECT_SECONDS, pause=0.2)
    wait_for("a wake-up arrives", lambda: time_of_one(client) < SWEEP / 4, RECONNECT_SECONDS)
    times = [time_of_one(client) for _ in range(9)]
    median = statistics.median(times)
    assert median < SWEEP / 8, times
    return median


def require_swept(ledger: Ledger) -> None:
    """All orders are done, by the sweep alone where there is no broker."""
    wait_for("no order is PENDING", ledger.settled, 60)
    assert ledger.differences(**ledger.ordered()) == {}


def test_a_killed_broker_slows_no_post_and_loses_no_order(place: Place, broker: Broker) -> None:
    """Same median of 50 POSTs with and without broker; the sweep does the orders; wake-ups come back."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        instance.worker()
        before = require_wake_ups(client, place)
        with_broker = median_of_posts(client)
        broker.kill()
        without = median_of_posts(client)
        require_swept(ledger)
        broker.start()
        begun = time.monotonic()
        after = require_wake_ups(client, place)
        back = time.monotonic() - begun
        lost = instance.logs().count("wakeup.lost")
        require_swept(ledger)
    tell(
        f"median POST {with_broker * 1000:.1f} ms with, {without * 1000:.1f} ms without broker; "
        f"order to ACTIVE {before * 1000:.0f} ms before, {after * 1000:.0f} ms after; "
        f"wake-ups again {back:.1f} s after its return; {lost} of them logged as lost"
    )
    assert without < SLOWEST_POST
    assert without < 3 * with_broker
    assert lost > 0


def test_a_hung_broker_slows_no_post_and_loses_no_order(place: Place, broker: Broker) -> None:
    """A broker that is stopped in the middle answers nothing on open connections: the same holds."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        instance.worker()
        require_wake_ups(client, place)
        with_broker = median_of_posts(client)
        broker.pause()
        try:
            without = median_of_posts(client)
            require_swept(ledger)
        finally:
            broker.resume()
        require_wake_ups(client, place)
        require_swept(ledger)
    tell(f"median POST {with_broker * 1000:.1f} ms with, {without * 1000:.1f} ms with a hung broker")
    assert without < SLOWEST_POST
    assert without < 3 * with_broker


def test_started_without_a_broker_both_work_and_subscribe_later(place: Place, broker: Broker) -> None:
    """API and worker start while the broker is away: done by the sweep, and by wake-ups once it is back."""
    broker.kill()
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        instance.worker()
        assert median_of_posts(client) < SLOWEST_POST
        require_swept(ledger)
        broker.start()
        require_wake_ups(client, place)


def test_processes_end_in_time_while_the_broker_is_away(place: Place, broker: Broker) -> None:
    """SIGTERM ends API and worker within 15 s, also with casts waiting for a broker that is gone."""
    instance = place.instance(options=OPTIONS)
    with opened(instance), instance.client() as client:
        api, worker = instance.api(), instance.worker()
        require_wake_ups(client, place)
        broker.kill()
        median_of_posts(client)
        assert ended(worker) == 0
        assert ended(api) == 0


def ended(process: Process) -> int:
    """The exit code after a SIGTERM."""
    process.terminate()
    return process.exit_code()
