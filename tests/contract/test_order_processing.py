"""Orders worked by workers of this process, on every database: what they become, how they are refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from barbican_like.common.errors import IntegrityFailure
from barbican_like.model.database import Database
from barbican_like.model.models import Order, Secret
from barbican_like.model.states import OrderStatus, TaskStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.kinds import of_order
from barbican_like.queue.outcome import Done, Failed, Retry
from tests.support.fabric import Fabric
from tests.support.tasks import (
    claim,
    database_now,
    failing_for,
    find_task,
    lose,
    make_due,
    open_task,
)

UNKNOWN = "Process TypeOrder issue seen - Secret generate supported plugin not found."
UNSUITABLE = "Process TypeOrder issue seen - Requested algorithm is not supported."
GIVEN_UP = "Process TypeOrder failure seen - please contact site administrator."


def meta(**fields: Any) -> dict[str, Any]:
    """An order's meta as the API stores it."""
    whole = {"name": "n\u00e4me", "algorithm": "aes", "bit_length": 256, "mode": "cbc", "expiration": None}
    return whole | fields


def failing(error: Exception) -> Callable[[], None]:
    """What a plug-in does that raises."""

    def fail() -> None:
        raise error

    return fail


def ended_in_error(fabric: Fabric, order: Order, code: str, reason: str) -> bool:
    """Whether an order is given up with that, and nothing was made."""
    found = fabric.read(order)
    return (
        (found.status, found.error_status_code, found.error_reason) == (OrderStatus.ERROR, code, reason)
        and (found.secret_id, found.container_id) == (None, None)
        and fabric.made() == (0, 0)
    )


def test_a_key_order_becomes_one_secret(database: Database) -> None:
    """The secret has what the meta says, its owner and its creator, and 32 bytes."""
    fabric = Fabric(database)
    order = fabric.place(meta=meta(expiration="2096-02-29T12:00:00.000001", payload_content_type=""))
    with fabric.running():
        fabric.outcomes.wait_until_ended(order)
    done = fabric.read(order)
    assert done.status is OrderStatus.ACTIVE
    assert (done.container_id, done.error_reason, done.sub_status) == (None, None, "Unknown")
    assert done.secret_id is not None
    secret, _ = fabric.stored(done.secret_id)
    assert (secret.project_id, secret.creator_id) == (order.project_id, order.creator_id)
    assert (secret.name, secret.secret_type, secret.algorithm) == ("n\u00e4me", "symmetric", "aes")
    assert (secret.bit_length, secret.mode, secret.content_type) == (256, "cbc", "application/octet-stream")
    assert str(secret.expiration) == "2096-02-29 12:00:00.000001"
    assert len(fabric.payload(secret.id)) == 32
    assert fabric.made() == (1, 0)
    assert find_task(database, order.id) is None


def test_an_asymmetric_order_becomes_a_container_of_a_pair(database: Database) -> None:
    """Named as ordered, of a type that clients know; the two secrets fit each other."""
    fabric = Fabric(database)
    order = fabric.place(type="asymmetric", meta=meta(algorithm="EC", mode=None))
    with fabric.running():
        fabric.outcomes.wait_until_ended(order)
    done = fabric.read(order)
    assert (done.status, done.secret_id) == (OrderStatus.ACTIVE, None)
    assert done.container_id is not None
    with Reading(database) as view:
        container = view.containers.get(done.container_id)
    assert (container.name, container.type) == ("n\u00e4me", "generic")
    assert [reference.name for reference in container.references] == ["private_key", "public_key"]
    private, public = (fabric.payload(reference.secret_id) for reference in container.references)
    assert load_pem_private_key(private, None).public_key() == load_pem_public_key(public)
    kinds = [fabric.stored(r.secret_id)[0].secret_type for r in container.references]
    assert kinds == ["private", "public"]
    assert fabric.made() == (2, 1)


def test_two_workers_share_orders_without_a_double(database: Database) -> None:
    """Twenty orders, two workers of three threads that all sweep: twenty secrets, each of its own order."""
    one, two = Fabric(database), Fabric(database)
    orders = [one.place() for _ in range(20)]
    two.outcomes = one.outcomes
    with one.running(threads=3), two.running(threads=3):
        one.outcomes.wait_until_ended(*orders)
    done = [one.read(order) for order in orders]
    assert {order.status for order in done} == {OrderStatus.ACTIVE}
    assert len({order.secret_id for order in done}) == 20
    assert one.made() == (20, 0)
    assert all(len(one.payload(order.secret_id or "")) == 32 for order in done)
    ends = [entity for entity, outcome in one.outcomes.seen if isinstance(outcome, Done)]
    assert sorted(ends) == sorted(order.id for order in orders)


@pytest.mark.parametrize(
    ("kind", "wanted", "reason"),
    [
        ("key", {"algorithm": "no-such"}, UNKNOWN),
        ("key", {"algorithm": "rsa", "bit_length": 2048}, UNSUITABLE),
        ("key", {"algorithm": "aes", "bit_length": 1024}, UNSUITABLE),
        ("asymmetric", {"algorithm": "no-such"}, UNKNOWN),
        ("asymmetric", {"algorithm": "aes"}, UNSUITABLE),
        ("asymmetric", {"algorithm": "rsa", "bit_length": 8}, UNSUITABLE),
    ],
)
def test_what_cannot_be_made_ends_at_once(
    database: Database, kind: str, wanted: dict[str, Any], reason: str
) -> None:
    """One try, status code 400 and the sentence that clients know."""
    fabric = Fabric(database)
    order = fabric.place(type=kind, meta=meta(**wanted))
    assert fabric.try_once(order) == Failed("400", reason, "OperationRefused")
    assert ended_in_error(fabric, order, "400", reason)
    assert find_task(database, order.id, of_order(kind).name) is None


def test_a_failure_is_tried_again_later(database: Database) -> None:
    """Between a quarter and half a second later after the first; the row names the error's class only."""
    fabric = Fabric(database)
    order = fabric.place()
    fabric.generator.before = failing(RuntimeError("a text that may hold a secret"))
    before = database_now(database)
    outcome = fabric.try_once(order)
    assert isinstance(outcome, Retry)
    task = open_task(database, order.id)
    assert task.due_at is not None
    waits = task.due_at - before
    assert timedelta(seconds=0.25) <= waits <= timedelta(seconds=0.5) + (database_now(database) - before)
    assert (task.attempts, task.claimed_by, task.last_error) == (1, None, "RuntimeError")
    assert (fabric.read(order), fabric.made()) == (order, (0, 0))


def test_a_failure_that_heals_ends_well(database: Database) -> None:
    """Two tries fail, the third makes the one secret."""
    fabric = Fabric(database)
    order = fabric.place()
    for _ in range(2):
        fabric.generator.before = failing(IntegrityFailure())
        assert isinstance(fabric.try_once(order), Retry)
        assert fabric.try_once(order) is None  # not due yet
        make_due(database, order.id)
    fabric.generator.before = lambda: None
    assert fabric.try_once(order) == Done()
    assert fabric.read(order).status is OrderStatus.ACTIVE
    assert fabric.made() == (1, 0)


def test_a_failure_that_does_not_heal_ends_in_error(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """After a day: status code 500 and a reason without the error's own text, in the log neither."""
    fabric = Fabric(database)
    order = fabric.place()
    fabric.generator.before = failing(RuntimeError("a text that may hold a secret"))
    outcomes = []
    for seconds in (0, 86_000, 86_401):
        failing_for(database, order.id, seconds)
        outcomes.append(fabric.try_once(order))
        if seconds < 86_401:
            make_due(database, order.id)
    assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Failed]
    assert ended_in_error(fabric, order, "500", GIVEN_UP)
    assert open_task(database, order.id).status is TaskStatus.DEAD
    assert "RuntimeError" in caplog.text
    assert "may hold a secret" not in caplog.text


def test_a_task_that_kills_its_workers_ends_in_error(database: Database) -> None:
    """Ten workers in a row were lost while they had it: it is not worked again, and stays for an operator."""
    fabric = Fabric(database)
    order = fabric.place()
    for number in range(10):
        assert claim(database, order.id, f"killed-{number}") is not None
        lose(database, order.id)
    worked: list[str] = []
    fabric.generator.before = lambda: worked.append("once more")
    with fabric.running():
        fabric.outcomes.wait_until_ended(order)
    assert (fabric.outcomes.seen, worked) == (
        [(order.id, Failed("500", GIVEN_UP, "WorkersLost", dead=True))],
        [],
    )
    assert open_task(database, order.id).status is TaskStatus.DEAD
    assert ended_in_error(fabric, order, "500", GIVEN_UP)


def test_a_worker_that_wakes_up_late_writes_nothing(database: Database) -> None:
    """While it was paused another worker took the order and finished it: that one's key stays."""
    paused, quick = Fabric(database), Fabric(database)
    order = paused.place()
    finished: list[bytes] = []

    def meanwhile() -> None:
        lose(database, order.id)
        assert quick.try_once(order) == Done()
        finished.append(quick.payload(quick.read(order).secret_id or ""))

    paused.generator.before = meanwhile
    assert paused.try_once(order) is None
    done = paused.read(order)
    assert done.status is OrderStatus.ACTIVE
    assert [paused.payload(done.secret_id or "")] == finished
    assert paused.made() == (1, 0)


def test_a_worker_that_wakes_up_late_does_not_fail_an_order_either(database: Database) -> None:
    """Its error counts as little as its result would have."""
    paused, quick = Fabric(database), Fabric(database)
    order = paused.place()

    def meanwhile() -> None:
        lose(database, order.id)
        quick.generator.before = failing(RuntimeError())
        assert isinstance(quick.try_once(order), Retry)
        raise RuntimeError

    paused.generator.before = meanwhile
    assert paused.try_once(order) is None
    assert paused.read(order).status is OrderStatus.PENDING
    assert open_task(database, order.id).fence == 2


def test_an_order_that_was_deleted_meanwhile_leaves_nothing(database: Database) -> None:
    """Its task is gone with it, so the worker's result is not written."""
    fabric = Fabric(database)
    order = fabric.place()

    def meanwhile() -> None:
        with UnitOfWork(database) as uow:
            uow.tasks.discard(open_task(database, order.id).id)
            uow.orders.delete(order.id)
            uow.commit()

    fabric.generator.before = meanwhile
    assert fabric.try_once(order) is None
    assert fabric.made() == (0, 0)


def test_a_task_without_its_order_just_ends(database: Database) -> None:
    """There is nothing left to do: the row goes, nothing is made."""
    fabric = Fabric(database)
    order = fabric.place()
    with UnitOfWork(database) as uow:
        uow.orders.delete(order.id)
        uow.commit()
    assert fabric.try_once(order) == Done()
    assert (fabric.made(), find_task(database, order.id)) == ((0, 0), None)


def test_a_task_whose_order_is_closed_just_ends(database: Database) -> None:
    """Nothing is made for an order that is not PENDING."""
    fabric = Fabric(database)
    order = fabric.place()
    with UnitOfWork(database) as uow:
        assert uow.orders.fail(order.id, status_code="400", reason="closed by hand")
        uow.commit()
    assert fabric.try_once(order) == Done()
    assert (fabric.made(), find_task(database, order.id)) == ((0, 0), None)
    assert fabric.read(order).error_reason == "closed by hand"


def test_a_finished_order_is_not_worked_again(database: Database) -> None:
    """A wake-up that comes late or twice finds no task."""
    fabric = Fabric(database)
    order = fabric.place()
    assert [fabric.try_once(order) for _ in range(3)] == [Done(), None, None]
    assert fabric.made() == (1, 0)


def test_a_dead_order_is_worked_when_an_operator_retries_it(database: Database) -> None:
    """What was in ERROR becomes ACTIVE, with the passphrase that was kept for it, and without a reason."""
    fabric = Fabric(database)
    order = fabric.place()
    fabric.generator.before = failing(RuntimeError())
    failing_for(database, order.id, 86_401)
    assert isinstance(fabric.try_once(order), Failed)
    with UnitOfWork(database) as uow:
        assert uow.task_desk.retry(open_task(database, order.id).id)
        uow.commit()
    fabric.generator.before = lambda: None
    assert fabric.try_once(order) == Done()
    done = fabric.read(order)
    assert (done.status, done.error_reason, done.error_status_code) == (OrderStatus.ACTIVE, None, None)
    assert find_task(database, order.id) is None


def test_ids_are_drawn_with_the_task(database: Database) -> None:
    """What the order makes has the ids of the row, so that a second try cannot make a second secret."""
    fabric = Fabric(database)
    order = fabric.place()
    drawn = (open_task(database, order.id).kwargs or {})["secret_id"]
    assert fabric.try_once(order) == Done()
    secret: Secret = fabric.stored(drawn)[0]
    assert fabric.read(order).secret_id == secret.id
