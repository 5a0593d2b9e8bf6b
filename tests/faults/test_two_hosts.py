"""Workers of two hosts, by namespaces of processes and networks: one that lives keeps its claims."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.faults.conftest import POSTGRESQL, Place, opened, place_named
from tests.faults.instance import Instance
from tests.faults.ledger import TASKS, Ledger
from tests.faults.processes import Process
from tests.faults.proxy import Proxy
from tests.faults.waiting import tell, wait_for

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes namespaces"),
    pytest.mark.timeout(400),
]

TERM = 2.0  # seconds
OPTIONS = {"worker": {"claim_term": str(TERM)}}
BEATS = 12  # with five of them in a term, more than two terms
HOST = ("unshare", "--pid", "--net", "--mount-proc", "--fork", "--kill-child")


@dataclass(frozen=True)
class Hosts:
    """Two data folders with one database. Each worker is the first process of its own host, so both have the
    same process id, and the same hostname: neither tells them apart.
    """

    one: Instance
    two: Instance
    ledger: Ledger

    def launch(self, instance: Instance) -> Process:
        """Start a worker on a host of its own, without waiting."""
        return instance.launch("worker", prefix=HOST)

    def claims(self, lease: str) -> set[str]:
        """The entities whose tasks a lease has."""
        sql = f"select entity_id from {TASKS} where claimed_by = :lease"  # noqa: S608
        rows = self.ledger.rows(sql, lease=lease)
        return {entity for (entity,) in rows}

    def beats(self, lease: str) -> int:
        """How often a lease has beaten."""
        return self.ledger.number("select beats from worker_leases where id = :lease", lease=lease)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def hosts(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Hosts]:
    """Two hosts that reach one database, by a file or by a socket."""
    with ExitStack() as stack:
        place = stack.enter_context(place_named(request.param, tmp_path, template))
        if place.database_url:
            place = stack.enter_context(by_socket(place))
        one = place.instance("one", OPTIONS)
        two = Instance.make(
            tmp_path / "two", options=OPTIONS, database_url=one.database_url, template=one.data
        )
        ledger = stack.enter_context(opened(one))
        yield Hosts(one, stack.enter_context(two), ledger)


@contextmanager
def by_socket(place: Place) -> Iterator[Place]:
    """The same place, reached without a network."""
    url = make_url(place.database_url or "")
    with Proxy(url.port or 0, place.folder / f".s.PGSQL.{url.port}"):
        there = url.set(host=None).update_query_dict({"host": str(place.folder)})
        yield replace(place, database_url=there.render_as_string(hide_password=False))


def test_a_host_takes_nothing_from_another_that_lives_and_all_from_a_dead_one(hosts: Hosts) -> None:
    """Alive, a worker keeps its claims; killed, its tasks are free within the term and five seconds."""
    hosts.one.api()
    first = hosts.one.at_work(hosts.launch(hosts.one))
    (lease,) = hosts.ledger.leases()
    require_left_alone(hosts, first, lease)
    held, seconds = require_taken_over(hosts, first, lease)
    assert hosts.ledger.differences(**hosts.ledger.ordered()) == {}
    tell(f"{held} claims of a dead worker of another host were free after {seconds:.2f} s (term: {TERM} s)")


def require_left_alone(hosts: Hosts, first: Process, lease: str) -> None:
    """Let another host's worker start while the first is at work, which ends what it has."""
    place_orders(hosts, 10)
    second = hosts.launch(hosts.two)
    wait_for("the second has a lease", lambda: len(hosts.ledger.leases()) == 2, 30, pause=0.001)
    held = hosts.claims(lease)
    assert held
    hosts.two.at_work(second)
    assert len(hosts.ledger.rows("select distinct host, pid from worker_leases")) == 1
    enough = hosts.beats(lease) + BEATS
    wait_for("the first has beaten for two terms", lambda: hosts.beats(lease) >= enough, 60)
    wait_for("no order is PENDING", hosts.ledger.settled, 120)
    assert {entity for entity in held if f"entity={entity}" in first.said()} == held
    assert "lease.taken_away" not in hosts.two.logs()


def require_taken_over(hosts: Hosts, first: Process, lease: str) -> tuple[int, float]:
    """Kill the first while it is at work; how many claims it had, and the seconds until they were free."""
    place_orders(hosts, 8)
    wait_for("the first has claimed again", lambda: hosts.claims(lease), 30, pause=0.001)
    begun = time.monotonic()
    first.kill()
    held = hosts.claims(lease)
    assert held
    wait_for("its claims are free", lambda: not hosts.claims(lease), TERM + 5)
    seconds = time.monotonic() - begun
    wait_for("no order is PENDING", hosts.ledger.settled, 120)
    return len(held), seconds


def place_orders(hosts: Hosts, count: int) -> None:
    """Order pairs of keys that take seconds each."""
    with hosts.one.client() as client:
        for _ in range(count):
            client.order("rsa-4096")
