"""Wake-ups that come a hundred times, too late, or for nothing: they do no harm."""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from barbican_like import rooms
from barbican_like.common import config
from barbican_like.queue.transport import Waker, WakeUp
from barbican_like.queue.transport.local import LocalWaker
from barbican_like.queue.transport.rpc import RpcAddress
from tests.faults.broker import consumers
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import TASKS, Ledger
from tests.faults.processes import Process
from tests.faults.waiting import wait_for

REPEATS = 100
METHOD = "process_type_order"


@contextmanager
def waker_of(instance: Instance) -> Iterator[Waker]:
    """Sends wake-ups as the instance's API does."""
    conf = rooms.load(["--config-file", str(instance.configuration)])
    if conf.transport_url:
        address = RpcAddress(
            transport_url=conf.transport_url,
            topic=conf.queue.topic,
            namespace=conf.queue.namespace,
            version=conf.queue.version,
            server_name=conf.queue.server_name,
        )
        waker: Waker = address.waker(conf)
    else:
        waker = LocalWaker(config.wake_folder(conf))
    with closing(waker):
        yield waker


def flood(waker: Waker, order_id: str) -> None:
    """Send the same wake-up a hundred times."""
    wake_up = WakeUp(METHOD, {"order_id": order_id, "project_id": "faults", "request_id": "req-again"})
    for _ in range(REPEATS):
        waker.wake(wake_up)


def require_done_once(worker: Process, order_id: str) -> None:
    """The worker's log tells of one try of the order, with a good end."""
    about = [line for line in worker.said().splitlines() if order_id in line]
    assert len(about) == 1, about
    assert "task.done" in about[0]
    assert "attempt=1 " in about[0]


def complaints(worker: Process) -> list[str]:
    """What the product's own loggers in a worker said above INFO."""
    own = (line for line in worker.said().splitlines() if " barbican_like." in line)
    return [line for line in own if " INFO " not in line]


def test_a_hundred_wake_ups_make_one_result(transport: Place) -> None:
    """Wake-ups for a waiting, a done, a deleted and an unknown order: one result each, no complaint."""
    instance = transport.instance()
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        worker = subscribed(instance, transport)
        with waker_of(instance) as waker:
            orders = [client.order("ed25519") for _ in range(3)]
            for made in orders:
                flood(waker, made)
            wait_for("no order is PENDING", ledger.settled, 30)
            flood(waker, orders[0])
            assert client.call("DELETE", f"/v1/orders/{orders[1]}").status == 204
            flood(waker, orders[1])
            flood(waker, str(uuid.uuid4()))
            last = client.order("aes")
            flood(waker, last)
            wait_for("an order after all that is done", ledger.settled, 30)
        for made in [*orders, last]:
            require_done_once(worker, made)
        assert complaints(worker) == []
        assert "Traceback" not in worker.said()
        require_counts(ledger)


def require_counts(ledger: Ledger) -> None:
    """Three pairs, of which one has lost its order only, and a key; nothing twice."""
    assert {table: ledger.count(table) for table in ("orders", "containers", "secrets", TASKS)} == {
        "orders": 3,
        "containers": 3,
        "secrets": 7,
        TASKS: 0,
    }


def test_wake_ups_that_make_no_sense_are_logged_and_dropped(transport: Place) -> None:
    """An unknown method, missing and odd arguments: the log tells of the first, and the work goes on."""
    instance = transport.instance()
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        worker = subscribed(instance, transport)
        with waker_of(instance) as waker:
            waker.wake(WakeUp("stop", {"order_id": str(uuid.uuid4())}))
            waker.wake(WakeUp("_process", {"name": METHOD, "entity_id": str(uuid.uuid4())}))
            waker.wake(WakeUp(METHOD, {}))
            waker.wake(WakeUp(METHOD, {"order_id": "\x00" * 70}))
            waker.wake(WakeUp(METHOD, {"order_id": "x" * 10_000, "more": "y"}))
            wait_for("the log tells of the unknown", lambda: told_of_unknown(worker, transport), 20)
            client.order("aes")
            wait_for("an order after all that is done", ledger.settled, 30)
        assert worker.running
        assert [line for line in complaints(worker) if "wakeup.unknown" not in line] == []


def told_of_unknown(worker: Process, transport: Place) -> bool:
    """Whether the log names a method that is none: over a broker it is oslo.messaging that refuses it."""
    return ("NoSuchMethod" if transport.transport_url else "wakeup.unknown") in worker.said()


def subscribed(instance: Instance, transport: Place) -> Process:
    """A worker that wake-ups reach."""
    worker = instance.worker()
    url = transport.transport_url
    if url:
        wait_for("the worker has subscribed", lambda: consumers(url, transport.topic), 30)
    return worker
