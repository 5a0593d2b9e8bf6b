"""kill -9 of a worker, at any moment: every order is done once."""

import random

import pytest

from tests.faults.conftest import Place, opened
from tests.faults.ledger import TASKS
from tests.faults.waiting import let_pass, tell, wait_for
from tests.faults.workload import ORDERS, place_orders, require_all_done

CLAIM_TERM = 30  # seconds, by default


def test_a_worker_killed_among_200_orders_loses_none_and_doubles_none(place: Place) -> None:
    """Killed with tasks claimed and orders waiting; after a restart all 200 are ACTIVE, one result each."""
    instance = place.instance()
    with opened(instance) as ledger:
        instance.api()
        place_orders(instance)
        worker = instance.launch("worker")
        wait_for("some are done", lambda: ledger.statuses().get("ACTIVE", 0) >= 5, 60, pause=0.001)
        wait_for("it holds a claim", lambda: ledger.claims_of(worker.pid), 60, pause=0.001)
        worker.kill()
        left = ledger.statuses().get("PENDING", 0)
        assert left > 0
        held = ledger.claims()
        instance.worker("successor")
        took = require_all_done(ledger)
        tell(f"{place.name}: killed with {left} PENDING, {held} claimed; all ACTIVE {took:.2f} s after")


def test_a_worker_killed_over_and_over_on_the_same_orders_loses_none(embedded: Place) -> None:
    """Four workers in a row die among the same 200 orders; the fifth finishes them."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        place_orders(instance)
        for _ in range(4):
            worker = instance.worker()
            let_pass(random.uniform(0, 0.1))
            worker.kill()
        assert not ledger.settled()
        instance.worker()
        require_all_done(ledger)


def test_a_killed_worker_that_nobody_has_waited_for_counts_as_dead(embedded: Place) -> None:
    """A successor frees at once what a dead process holds whose id is still taken, as often in containers."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        place_orders(instance, 60)
        victim = instance.launch("worker", "victim")
        wait_for("the victim holds a claim", lambda: ledger.claims_of(victim.pid), 30, pause=0.001)
        victim.kill_unnoticed()
        instance.worker("successor")
        assert require_all_done(ledger, 60) < CLAIM_TERM / 2


def test_an_order_whose_tenth_worker_in_a_row_dies_ends_in_error(embedded: Place) -> None:
    """Nine were lost while they had it, and one more is: ERROR, a safe reason, and a row for operators."""
    instance = embedded.instance()
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        made = client.order("rsa-4096")
        ledger.change("update tasks set losses = 9")
        worker = instance.worker()
        wait_for("it has claimed the order", lambda: ledger.holder(made), 30, pause=0.001)
        worker.kill()
        assert not ledger.settled()
        instance.worker()
        wait_for("the order is given up", ledger.settled, 60)  # it is left alone for ten seconds before
        with instance.client() as later:  # the first one's connection may have been idle for too long
            order = later.get(f"/v1/orders/{made}").json()
        assert (order["status"], order["error_status_code"]) == ("ERROR", "500")
        assert order["error_reason"].endswith("failure seen - please contact site administrator.")
        assert [ledger.count(table) for table in ("secrets", "containers")] == [0, 0]
        assert ledger.rows("select losses from tasks where status = 'DEAD'") == [(10,)]
        assert ledger.count(TASKS) == 1


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_kills_at_random_moments(place: Place) -> None:
    """Fresh batches of 200 orders, each with one to four kills at moments drawn at random."""
    chance = random.Random()
    instance = place.instance()
    rounds, kills, claimed, slowest = 25, 0, 0, 0.0
    with opened(instance) as ledger:
        instance.api()
        worker = instance.worker()
        for done in range(rounds):
            place_orders(instance)
            for _ in range(chance.randint(1, 4)):
                let_pass(chance.expovariate(5))
                worker.kill()
                kills += 1
                claimed += ledger.claims()
                worker = instance.worker()
            slowest = max(slowest, require_all_done(ledger, ORDERS * (done + 1)))
    tell(
        f"{place.name}: {rounds * ORDERS} orders, {kills} kills, {claimed} claims held by the dead; "
        f"all ACTIVE, one result each; slowest batch {slowest:.2f} s after its last kill"
    )
