"""A worker that stops in the middle of a task and goes on after its claim's term: it writes nothing."""

import fcntl
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.client import Crowd
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for
from tests.faults.workload import ask, require_all_done

TERM = 1.0  # seconds
OPTIONS = {"worker": {"claim_term": str(TERM)}}
TRIES = 20

RESULTS = """
    select o.id, o.status, o.container_id, o.updated_at, c.secret_id, p.sealed
    from orders o join container_secrets c on c.container_id = o.container_id
    join secret_payloads p on p.secret_id = c.secret_id order by c.position
"""


def paused_in_a_task(instance: Instance, ledger: Ledger, victim: Process) -> str:
    """Order long work until the victim could be stopped in the middle of it; the order's id."""
    with instance.client() as client:
        for _ in range(TRIES):
            made = client.order("rsa-4096")
            wait_for("the victim has claimed it", lambda: ledger.claims_of(victim.pid), 30, pause=0.001)
            victim.pause()
            if ledger.claims_of(victim.pid) and not holds_writer_lock(instance):
                return made
            victim.resume()
            wait_for("that one is done", ledger.settled, 60)
    raise AssertionError(f"in {TRIES} tries the work was always done before the stop")


def holds_writer_lock(instance: Instance) -> bool:
    """Whether a process holds the lock of the embedded database's writers (stopped, it would stop all)."""
    return any(_locked(path) for path in instance.data.glob("*-writer*"))


def _locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def require_overtaken(instance: Instance, ledger: Ledger, victim: Process, other: str) -> None:
    """Stop it in a task until another has done it, let it go on: it writes nothing, and gets a new lease."""
    made = paused_in_a_task(instance, ledger, victim)
    (old_lease,) = leases_of(ledger, victim)
    with instance.worker(other) as overtaker:
        wait_for("another worker has done it", ledger.settled, 60)
        done = f"task.done name=process_pair_order entity={made}"
        wait_for("the other says so", lambda: done in overtaker.said(), 20)
        result = ledger.rows(RESULTS)
        victim.resume()
        wait_for("the late one notices", lambda: gave_up(victim, made), 60)
        assert ledger.rows(RESULTS) == result
    assert ledger.differences(**ledger.ordered()) == {}
    with instance.client() as client:
        client.order("aes")
    wait_for("the late one works on", ledger.settled, 20)
    (new_lease,) = leases_of(ledger, victim)
    assert new_lease != old_lease


def test_a_worker_that_wakes_up_past_its_term_writes_nothing(place: Place) -> None:
    """Stopped in a task, overtaken, continued, twice: the result stays the other's, and all goes on."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger:
        instance.api()
        victim = instance.worker("victim")
        for number in range(2):
            require_overtaken(instance, ledger, victim, f"other{number}")


def leases_of(ledger: Ledger, worker: Process) -> list[str]:
    """The leases of a worker."""
    return [lease for lease, pid in ledger.leases().items() if pid == worker.pid]


def gave_up(worker: Process, made: str) -> bool:
    """Whether a worker has said that it wrote nothing of an order.

    Its claim was lost; or it was stopped in a statement for longer than statements may take, and takes its
    database for silent when it goes on.
    """
    ends = (
        f"{event} name=process_pair_order entity={made}"
        for event in ("claim_lost", "unrecorded error=Overloaded")
    )
    return any(f"task.{end}" in worker.said() for end in ends)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_20_pauses_in_a_task(place: Place) -> None:
    """The same worker is stopped in a task past its term, overtaken and continued, 20 times."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger:
        instance.api()
        victim = instance.worker("victim")
        for number in range(20):
            require_overtaken(instance, ledger, victim, f"other{number}")
        orders = ledger.count("orders")
    tell(f"{place.name}: 20 pauses in a task, {orders} orders, each done once; each time a new lease")


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_pauses_at_random_moments(place: Place) -> None:
    """Of three workers one is stopped again and again for longer than the term, orders in flight."""
    instance = place.instance(options=OPTIONS)
    rounds, batch = 20, 100
    with opened(instance) as ledger:
        instance.api()
        workers = [instance.worker(f"worker{number}") for number in range(3)]
        for done in range(rounds):
            with Crowd(instance.port, ask, limit=batch) as crowd:
                for victim in victims(workers, 3):
                    let_pass(random.uniform(0, 0.3))
                    victim.pause()
                    let_pass(random.uniform(TERM, 2 * TERM))
                    victim.resume()
                statuses = crowd.wait().statuses()
            assert statuses == {202: batch}
            require_all_done(ledger, batch * (done + 1))
        lost = instance.logs().count("task.claim_lost")
    tell(f"{place.name}: {rounds * 3} pauses, {rounds * batch} orders, each done once; {lost} claims lost")


def victims(workers: list[Process], count: int) -> Iterator[Process]:
    """Some workers, one after the other."""
    for _ in range(count):
        yield random.choice(workers)
