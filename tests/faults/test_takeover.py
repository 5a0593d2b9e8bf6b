"""Of two workers one is killed again and again while orders stream in: the other takes over what it held."""

import random
import statistics
import time
from collections.abc import Callable

import pytest

from tests.faults.client import Answer, Client, Crowd, order
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for

CLIENTS = 3
PAUSE = 0.05  # seconds that each client leaves between two orders: a stream that two workers keep up with
TAKEN_OVER_SECONDS = 10  # generous: the machine may be busy with other tests
SETTLED_SECONDS = 120
OWN = {0: "rsa", 20: "ed25519"}  # of each forty orders; the others are AES keys


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Send the order of that number, after a pause."""
    let_pass(PAUSE)
    kind = OWN.get(number % 40, "aes")
    return kind, client.post("/v1/orders", order(kind))


class Pair:
    """Two workers, of which the one that is killed gets a successor at once."""

    def __init__(self, instance: Instance, ledger: Ledger) -> None:
        self._instance = instance
        self._ledger = ledger
        self._workers = {worker.pid: worker for worker in (instance.worker("w0"), instance.worker("w1"))}
        self.kills = 0
        self.taken_over: list[float] = []  # seconds from a kill until what the worker held was ACTIVE

    def kill_one_at_random(self) -> None:
        """Kill either of the two at any moment."""
        let_pass(random.expovariate(5))
        self._kill(random.choice(list(self._workers.values())))

    def kill_one_at_work(self) -> None:
        """Order pairs of keys until a worker has been seen that has claimed one, and kill it."""
        holder = None
        with self._instance.client() as client:
            while holder is None:
                holder = self._holder_of(client.order("rsa"))
        self._kill(self._workers[holder])

    def _holder_of(self, made: str) -> int | None:
        """The worker that has claimed an order; None when it was done before that was seen."""

        def seen() -> tuple[int | None] | None:
            holder = self._ledger.holder(made)
            return None if holder is None and not self._is_active(made) else (holder,)

        (holder,) = wait_for("a worker has claimed it", seen, 60, pause=0.001)
        return holder

    def _kill(self, victim: Process) -> None:
        """Kill it, start its successor and wait until what it held is ACTIVE."""
        begun = time.monotonic()
        victim.kill()
        held = self._ledger.claims_of(victim.pid)
        del self._workers[victim.pid]
        successor = self._instance.launch("worker", f"w{self.kills + 2}")
        while held:
            wait_for("it is ACTIVE", lambda: self._is_active(held[-1]), TAKEN_OVER_SECONDS, pause=0.01)
            self.taken_over.append(time.monotonic() - begun)
            held.pop()
        self._workers[self._instance.at_work(successor).pid] = successor
        self.kills += 1

    def _is_active(self, made: str) -> bool:
        return self._ledger.rows("select status from orders where id = :id", id=made) == [("ACTIVE",)]


def require_trial(place: Place, strikes: list[Callable[[Pair], None]]) -> None:
    """Let orders stream in while workers are killed: each accepted order is done once."""
    instance = place.instance()
    with opened(instance) as ledger:
        instance.api()
        pair = Pair(instance, ledger)
        with Crowd(instance.port, ask, clients=CLIENTS) as crowd:
            for strike in strikes:
                strike(pair)
            tally = crowd.finish()
        assert (set(tally.statuses()), tally.broken) == ({202}, 0)
        wait_for("no order is PENDING", ledger.settled, SETTLED_SECONDS)
        assert ledger.differences(**ledger.ordered()) == {}
        orders = ledger.count("orders")
        assert orders >= len(tally.answers)
    tell(
        f"{place.name}: {pair.kills} kills among {orders} orders: 0 lost, 0 doubled; {told(pair.taken_over)}"
    )


def told(seconds: list[float]) -> str:
    """Times in words."""
    assert seconds, "no worker held anything when it was killed"
    ninth = statistics.quantiles(seconds, n=10)[-1] if len(seconds) > 1 else seconds[0]
    return (
        f"{len(seconds)} orders of dead workers ACTIVE after {statistics.median(seconds):.2f} s (median), "
        f"{ninth:.2f} s (p90), {max(seconds):.2f} s (longest)"
    )


@pytest.mark.timeout(300)
def test_the_other_worker_takes_over_what_a_killed_one_held(either: Place) -> None:
    """Ten kills of a worker that holds claims, orders streaming in: none lost, none doubled, soon ACTIVE."""
    require_trial(either, [Pair.kill_one_at_work] * 10)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_200_kills(either: Place) -> None:
    """The same 200 times, every other time at a moment drawn at random."""
    require_trial(either, [Pair.kill_one_at_work, Pair.kill_one_at_random] * 100)
