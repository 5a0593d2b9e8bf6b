"""The database refuses results for a while (a trigger): nothing is given up, and all is done soon after."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import pytest

from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.kinds import PROCESS_PROJECT_DELETION
from barbican_like.queue.client import TaskClient
from barbican_like.queue.transport import NullWaker
from tests.faults.client import Answer, Client, Crowd, order
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import TASKS, Ledger
from tests.faults.waiting import let_pass, tell, wait_for

LONGEST_PAUSE = 60  # seconds between two tries
HEALED_SECONDS = LONGEST_PAUSE + 30
DELETED = "deleted"  # the project that is deleted meanwhile

Statements = tuple[str, ...]
REFUSE: Mapping[str, Statements] = {
    "sqlite": (
        "create trigger refuse_secret before insert on secrets begin select raise(abort, 'refused'); end",
        "create trigger refuse_end before delete on projects begin select raise(abort, 'refused'); end",
    ),
    "postgresql": (
        "create function refuse() returns trigger language plpgsql as 'begin raise division_by_zero; end'",
        "create trigger refuse_secret before insert on secrets for each row execute function refuse()",
        "create trigger refuse_end before delete on projects for each row execute function refuse()",
    ),
    "mariadb": (
        "create trigger refuse_secret before insert on secrets for each row signal sqlstate '45000'",
        "create trigger refuse_end before delete on projects for each row signal sqlstate '45000'",
    ),
}
ALLOW: Mapping[str, Statements] = {
    "postgresql": ("drop function refuse() cascade",),
    "sqlite": ("drop trigger refuse_secret", "drop trigger refuse_end"),
    "mariadb": ("drop trigger refuse_secret", "drop trigger refuse_end"),
}


@contextmanager
def refused(place: Place, ledger: Ledger) -> Iterator[None]:
    """No secret can be written and no project removed."""
    for sql in REFUSE[place.name]:
        ledger.change(sql)
    yield
    for sql in ALLOW[place.name]:
        ledger.change(sql)


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Send the order of that number; of ten one is for a pair of keys."""
    kind = "aes" if number % 10 else "ed25519"
    return kind, client.post("/v1/orders", order(kind))


def delete_project(instance: Instance) -> None:
    """Owe the removal of a project that has secrets, as Keystone's notification does."""
    with closing(Database(instance.database_url)) as database, UnitOfWork(database) as uow:
        project = uow.projects.find(DELETED)
        assert project is not None
        TaskClient(NullWaker()).ensure(uow, PROCESS_PROJECT_DELETION, project.id, project_id=DELETED)
        uow.commit()


def require_trial(place: Place, *, orders: int, seconds: float) -> None:
    """Refuse results for so long: afterwards all orders end ACTIVE, and the project is removed."""
    instance = place.instance()
    with opened(instance) as ledger, instance.client(DELETED) as tenant:
        instance.api()
        instance.worker()
        tenant.store()
        with refused(place, ledger):
            with Crowd(instance.port, ask, limit=orders) as crowd:
                assert crowd.wait().statuses() == {202: orders}
            delete_project(instance)
            wait_for("every task has failed", lambda: failed(ledger) == orders + 1, 60)
            let_pass(seconds)
            assert ledger.statuses() == {"PENDING": orders}
            tries = ledger.number("select max(attempts) from tasks")
        begun = time.monotonic()
        wait_for("no order is PENDING", ledger.settled, HEALED_SECONDS)
        wait_for("no task is open", lambda: ledger.count(TASKS) == 0, HEALED_SECONDS)
        took = time.monotonic() - begun
        assert ledger.differences(**ledger.ordered()) == {}
        assert ledger.number("select count(*) from projects where external_id = :name", name=DELETED) == 0
    tell(
        f"{place.name}: results refused for {seconds} s, up to {tries} tries: {orders} orders ACTIVE and "
        f"the project removed {took:.1f} s after"
    )


def failed(ledger: Ledger) -> int:
    """How many tasks have failed at least once."""
    return ledger.number("select count(*) from tasks where failing_since is not null")


@pytest.mark.timeout(300)
def test_results_that_are_refused_for_a_while_are_written_afterwards(stored: Place) -> None:
    """For five seconds: no order ends in ERROR, the removal of a project is not forgotten."""
    require_trial(stored, orders=60, seconds=5)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_ten_minutes_of_refused_results(stored: Place) -> None:
    """For ten minutes."""
    require_trial(stored, orders=500, seconds=600)
