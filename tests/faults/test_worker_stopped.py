"""SIGTERM while work is under way that takes longer than anybody waits: the worker ends, others go on."""

import time

import pytest

from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import TASKS, Ledger
from tests.faults.processes import Process
from tests.faults.waiting import tell, wait_for
from tests.faults.workload import place_orders, require_all_done

STOP_SECONDS = 2.0
LONG = 8  # orders of seconds each, two for each thread


def seconds_to_stop(ledger: Ledger, worker: Process) -> float:
    """Stop a worker that has claims; it has none afterwards and its lease is gone."""
    wait_for("it holds claims", lambda: ledger.claims_of(worker.pid), 30, pause=0.001)
    begun = time.monotonic()
    worker.terminate()
    assert worker.exit_code() == 0
    took = time.monotonic() - begun
    assert (ledger.claims(), ledger.leases()) == (0, {})
    return took


def order_pairs(instance: Instance, count: int) -> None:
    """Order pairs of keys that take seconds each."""
    with instance.client() as client:
        for _ in range(count):
            client.order("rsa-4096")


@pytest.mark.timed
def test_a_worker_that_is_asked_to_end_hands_back_what_is_under_way(stored: Place) -> None:
    """It ends within two seconds with pairs of keys under way; their orders are as before."""
    instance = stored.instance()
    with opened(instance) as ledger:
        instance.api()
        worker = instance.worker()
        order_pairs(instance, LONG)
        took = seconds_to_stop(ledger, worker)
        assert took <= STOP_SECONDS
        left = ledger.statuses().get("PENDING", 0)
        assert left > 0
        counted = f"select count(*) from {TASKS} where"  # noqa: S608
        assert ledger.number(f"{counted} attempts > 0 or losses > 0") == 0
        assert ledger.number(f"{counted} status = 'READY'") == ledger.count(TASKS)
        tell(f"{stored.name}: ended {took:.2f} s after SIGTERM, {left} orders handed back")


def test_a_worker_that_is_asked_to_end_leaves_no_claim_behind(embedded: Place) -> None:
    """SIGTERM among 60 orders: what waits or was under way is unclaimed, and a successor does it."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        place_orders(instance, 60)
        worker = instance.worker()
        seconds_to_stop(ledger, worker)
        instance.worker("successor")
        require_all_done(ledger, 60)
