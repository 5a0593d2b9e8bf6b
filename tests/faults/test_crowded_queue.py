"""A table full of rows that are nobody's business, or another tenant's: an order does not wait for them."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import cast

import pytest

from barbican_like.api.orders import NewOrder, accept
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient
from barbican_like.queue.transport import NullWaker
from tests.faults.client import KEY
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import TASKS, Ledger
from tests.faults.waiting import let_pass, tell, wait_for
from tests.support.many_tasks import add_many

SOON = 5.0  # seconds; generous, since the machine may be busy with other tests
STRANGERS = 10_000
SLOW, FAST = 40, 2_000  # orders of the first tenant
FLOODS, PATIENT = "floods", "patient"  # the tenants
NO_PLUGINS = cast(Plugins, None)  # only an order with a passphrase needs any


@contextmanager
def database_of(instance: Instance) -> Iterator[Database]:
    """The instance's database, for the product's own statements."""
    with closing(Database(instance.database_url)) as database:
        yield database


def seconds_to_active(instance: Instance, ledger: Ledger) -> float:
    """How long the patient tenant waits for a key."""
    with instance.client(PATIENT) as client:
        begun = time.monotonic()
        made = client.order("aes")
        sql = "select 1 from orders where id = :id and status = 'ACTIVE'"
        wait_for("the order is ACTIVE", lambda: ledger.rows(sql, id=made), SOON, pause=0.005)
        return time.monotonic() - begun


def flood(instance: Instance) -> None:
    """Let a tenant have many orders, which are written without its requests."""
    meta = {"name": "flood", **KEY}
    client = TaskClient(NullWaker())
    with database_of(instance) as database, UnitOfWork(database) as uow:
        for _ in range(FAST):
            new = NewOrder(
                project_id=FLOODS, creator_id=None, request_id="", type="key", meta=meta, passphrase=None
            )
            accept(uow, new, NO_PLUGINS, client)
        uow.commit()


def pending(ledger: Ledger) -> int:
    """How many orders wait, all of them of the tenant that floods."""
    return ledger.statuses().get("PENDING", 0)


def test_rows_of_an_unknown_kind_hold_nobody_up(stored: Place) -> None:
    """Among 10,000 of them orders are ACTIVE as always; the log has one line about them."""
    instance = stored.instance()
    with opened(instance) as ledger, database_of(instance) as database:
        with database.writing() as connection:
            add_many(connection, TaskStatus.READY, STRANGERS, name="process_of_tomorrow")
        instance.api()
        worker = instance.worker()
        longest = max(seconds_to_active(instance, ledger) for _ in range(20))
        lines = [line for line in worker.said().splitlines() if "process_of_tomorrow" in line]
        assert len(lines) == 1
        assert "tasks.of_unknown_kinds" in lines[0]
        assert ledger.count(TASKS) == STRANGERS
        tell(f"{stored.name}: 20 orders among {STRANGERS} unknown rows, ACTIVE after {longest:.3f} s at most")


def test_a_tenants_slow_orders_hold_no_other_tenant_up(stored: Place) -> None:
    """One posts 40 orders of seconds each; another's key is there at once."""
    instance = stored.instance()
    with opened(instance) as ledger:
        instance.api()
        instance.worker()
        with instance.client(FLOODS) as client:
            for _ in range(SLOW):
                client.order("rsa-4096")
        took = seconds_to_active(instance, ledger)
        left = pending(ledger)
        assert left > SLOW / 2
        tell(f"{stored.name}: behind {left} orders of 4096 bits a key is ACTIVE after {took:.3f} s")


def test_a_tenants_many_orders_hold_no_other_tenant_up(stored: Place) -> None:
    """One has 2,000 orders waiting; another's is among the next few."""
    instance = stored.instance()
    with opened(instance) as ledger:
        flood(instance)
        instance.api()
        instance.worker()
        wait_for("the worker is at them", lambda: pending(ledger) < FAST, 30, pause=0.001)
        took = seconds_to_active(instance, ledger)
        left = pending(ledger)
        assert left > 0
        tell(f"{stored.name}: with {left} orders of another left a key is ACTIVE after {took:.3f} s")
        wait_for("no order is PENDING", ledger.settled, 60)
        assert ledger.differences(**ledger.ordered()) == {}


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_one_line_a_minute(stored: Place) -> None:
    """In two minutes and a half the log has three lines about rows of an unknown kind."""
    instance = stored.instance()
    with opened(instance), database_of(instance) as database:
        with database.writing() as connection:
            add_many(connection, TaskStatus.READY, STRANGERS, name="process_of_tomorrow")
        worker = instance.worker()
        let_pass(150)
        assert worker.said().count("process_of_tomorrow") == 3
