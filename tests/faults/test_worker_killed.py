"""kill -9 of a worker, at any moment: every order is done once."""

import random
import time

import pytest

from tests.faults.client import Answer, Client, Crowd, order
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for

ORDERS = 200
SETTLED_SECONDS = 60
CLAIM_TERM = 30  # seconds, by default
PAIR_EVERY = {0: "rsa", 5: "ed25519"}  # of each ten orders; the others are AES keys


def kind_of(number: int) -> str:
    """What the order of that number asks for."""
    return PAIR_EVERY.get(number % 10, "aes")


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Send the order of that number."""
    kind = kind_of(number)
    return kind, client.post("/v1/orders", order(kind))


def place_orders(instance: Instance, count: int = ORDERS) -> None:
    """Have ``count`` orders accepted."""
    with Crowd(instance.port, ask, limit=count) as crowd:
        tally = crowd.wait()
    assert (tally.statuses(), tally.broken) == ({202: count}, 0)


def require_all_done(ledger: Ledger, count: int = ORDERS) -> float:
    """Wait until no order is PENDING, then check that each made what it must, once; the seconds it took."""
    begun = time.monotonic()
    wait_for(f"no order is PENDING (of {count})", ledger.settled, SETTLED_SECONDS)
    took = time.monotonic() - begun
    pairs = sum(kind_of(number) != "aes" for number in range(count))
    assert ledger.differences(keys=count - pairs, pairs=pairs) == {}
    return took


def test_a_worker_killed_among_200_orders_loses_none_and_doubles_none(place: Place) -> None:
    """Killed with tasks claimed and orders waiting; after a restart all 200 are ACTIVE, one result each."""
    instance = place.instance()
    with opened(instance) as ledger:
        instance.api()
        worker = instance.worker()
        place_orders(instance)
        done_at_kill = random.randrange(5, 100)
        wait_for("some are done", lambda: ledger.statuses().get("ACTIVE", 0) >= done_at_kill, 60, pause=0.001)
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


def test_another_worker_takes_over_what_a_killed_one_held(embedded: Place) -> None:
    """With nobody restarted, a second worker finishes a dead one's claims when they expire."""
    instance = embedded.instance(options={"worker": {"claim_term": "2"}})
    with opened(instance) as ledger:
        instance.api()
        victim = instance.worker("victim")
        instance.worker("other")
        place_orders(instance, 60)
        wait_for("the victim holds a claim", lambda: held_by(ledger, victim), 30, pause=0.001)
        victim.kill()
        took = require_all_done(ledger, 60)
        assert took < 30


def test_a_killed_worker_that_nobody_has_waited_for_counts_as_dead(embedded: Place) -> None:
    """A successor frees at once what a dead process holds whose id is still taken, as often in containers."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        victim = instance.worker("victim")
        place_orders(instance, 60)
        wait_for("the victim holds a claim", lambda: held_by(ledger, victim), 30, pause=0.001)
        victim.kill_unnoticed()
        instance.worker("successor")
        assert require_all_done(ledger, 60) < CLAIM_TERM / 2


def test_a_worker_that_is_asked_to_end_leaves_no_claim_behind(embedded: Place) -> None:
    """SIGTERM among 60 orders: what is under way is finished, the rest waits unclaimed for a successor."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        worker = instance.worker()
        place_orders(instance, 60)
        wait_for("it holds a claim", lambda: held_by(ledger, worker), 30, pause=0.001)
        worker.terminate()
        assert worker.exit_code() == 0
        assert ledger.claims() == 0
        instance.worker("successor")
        require_all_done(ledger, 60)


def test_an_order_whose_every_worker_dies_ends_in_error(embedded: Place) -> None:
    """With two tries allowed, two workers killed over it are enough: ERROR, a safe reason, no secret."""
    instance = embedded.instance(options={"worker": {"max_attempts": "2"}})
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        made = client.order("rsa-4096")
        for _ in range(2):
            worker = instance.worker()
            wait_for("it has claimed the order", lambda w=worker: held_by(ledger, w), 30, pause=0.001)
            worker.kill()
            assert not ledger.settled()
        instance.worker()
        wait_for("the order is given up", ledger.settled, 30)
        found = client.get(f"/v1/orders/{made}").json()
        assert (found["status"], found["error_status_code"]) == ("ERROR", "500")
        assert found["error_reason"].endswith("failure seen - please contact site administrator.")
        assert [ledger.count(table) for table in ("secrets", "containers", "tasks")] == [0, 0, 0]


def held_by(ledger: Ledger, worker: Process) -> bool:
    """Whether a worker holds a claim right now."""
    return ledger.number("select count(*) from tasks where claimed_by like :who", who=f"%#{worker.pid}@%") > 0


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
