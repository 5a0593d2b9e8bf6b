"""The port of orders, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from barbican_like.common import ids
from barbican_like.common.errors import NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import Order, Page
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, add_orders, an_order
from tests.support.threads import at_once

ALL = Page(offset=0, limit=100)


def read(database: Database, order: Order) -> Order:
    """The order as it stands in the database."""
    with Reading(database) as view:
        return view.orders.get(order.id, order.project_id)


def listed(database: Database, page: Page = ALL, meta: tuple[str, ...] = ()) -> tuple[list[Order], int]:
    """The orders of the test's project."""
    with Reading(database) as view:
        part = view.orders.list(PROJECT, page, meta=meta)
        return list(part.items), view.total(part)


def test_an_order_reads_back_as_it_was_written(database: Database) -> None:
    """Every field; the meta with nested values, any characters and null."""
    whole = an_order(
        type="asymmetric",
        creator_id=None,
        meta={"name": 'n\u00e4me \U0001f511 \\ "', "bit_length": 2048, "expiration": None, "x": {"y": [1]}},
    )
    add_orders(database, whole)
    assert read(database, whole) == whole


def test_an_order_is_found_in_its_own_project_only(database: Database) -> None:
    """For another project, and for an unknown id, there is no such order."""
    order = an_order()
    add_orders(database, order, an_order(project_id="another"))
    with Reading(database) as view:
        assert view.orders.find(order.id, "another") is None
        with pytest.raises(NotFound):
            view.orders.get(order.id, "another")
        with pytest.raises(NotFound):
            view.orders.get(ids.new_id(), PROJECT)


def test_a_pending_order_becomes_active_with_its_result(database: Database) -> None:
    """The result's id, the sub status that clients know, and the time of the change."""
    order, secret_id = an_order(), ids.new_id()
    add_orders(database, order)
    with UnitOfWork(database) as uow:
        assert uow.orders.activate(order.id, secret_id=secret_id, container_id=None)
        uow.commit()
    found = read(database, order)
    assert found == replace(
        order,
        status=OrderStatus.ACTIVE,
        secret_id=secret_id,
        sub_status="Unknown",
        sub_status_message="Unknown",
        updated_at=found.updated_at,
    )
    assert found.updated_at > order.updated_at


def test_a_pending_order_ends_in_error_with_a_reason_that_fits(database: Database) -> None:
    """A reason of more than 255 characters is cut, not refused."""
    order = an_order()
    add_orders(database, order)
    with UnitOfWork(database) as uow:
        assert uow.orders.fail(order.id, status_code="400", reason="\u00e9" * 300)
        uow.commit()
    found = read(database, order)
    assert (found.status, found.error_status_code) == (OrderStatus.ERROR, "400")
    assert found.error_reason == "\u00e9" * 255


def test_an_active_order_stays_as_it_is(database: Database) -> None:
    """The status is compared and set: nothing can follow."""
    order = an_order()
    add_orders(database, order)
    with UnitOfWork(database) as uow:
        assert uow.orders.activate(order.id, secret_id=ids.new_id(), container_id=None)
        uow.commit()
    closed = read(database, order)
    with UnitOfWork(database) as uow:
        assert not uow.orders.activate(order.id, secret_id=ids.new_id(), container_id=None)
        assert not uow.orders.fail(order.id, status_code="400", reason="second")
        uow.commit()
    assert read(database, order) == closed


def test_an_order_in_error_keeps_its_reason_and_may_still_be_done(database: Database) -> None:
    """It does not fail twice; tried again by an operator it becomes ACTIVE, and its reason goes."""
    order = an_order()
    add_orders(database, order)
    with UnitOfWork(database) as uow:
        assert uow.orders.fail(order.id, status_code="500", reason="first")
        assert not uow.orders.fail(order.id, status_code="400", reason="second")
        uow.commit()
    assert read(database, order).error_reason == "first"
    with UnitOfWork(database) as uow:
        assert uow.orders.activate(order.id, secret_id=ids.new_id(), container_id=None)
        uow.commit()
    done = read(database, order)
    assert (done.status, done.error_reason, done.error_status_code) == (OrderStatus.ACTIVE, None, None)


def test_of_many_that_close_an_order_at_once_one_does(database: Database) -> None:
    """One thread is told that it did; its result is the order's."""
    order, results = an_order(), [ids.new_id() for _ in range(6)]
    add_orders(database, order)

    def close(number: int) -> str | None:
        with UnitOfWork(database) as uow:
            closed = uow.orders.activate(order.id, secret_id=results[number], container_id=None)
            uow.commit()
        return results[number] if closed else None

    (winner,) = [result for result in at_once(6, close) if result is not None]
    assert read(database, order).secret_id == winner


def test_a_deleted_order_cannot_be_closed(database: Database) -> None:
    """Closing tells that there is nothing to close; deleting again is NotFound."""
    order = an_order()
    add_orders(database, order)
    with UnitOfWork(database) as uow:
        uow.orders.delete(order.id)
        uow.commit()
    with UnitOfWork(database) as uow:
        assert not uow.orders.fail(order.id, status_code="500", reason="late")
        with pytest.raises(NotFound):
            uow.orders.delete(order.id)


def test_pages_go_by_age(database: Database) -> None:
    """The oldest first, the total beside each page, other projects' orders left out."""
    orders = [an_order() for _ in range(4)]
    orders = [replace(o, created_at=o.created_at + timedelta(minutes=n)) for n, o in enumerate(orders)]
    add_orders(database, *reversed(orders), an_order(project_id="another"))
    assert listed(database) == (orders, 4)
    assert listed(database, Page(offset=1, limit=2)) == (orders[1:3], 4)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("aes", {"aes"}),
        ("AES", set()),
        ("ae", set()),
        ("ae_", set()),
        ("a%", {"aes", "ae\u00e9", "algo", 'a "quote"'}),
        ("back\\slash", {"back\\slash"}),
        ('a "quote"', {'a "quote"'}),
    ],
)
def test_meta_is_a_pattern_for_one_text(database: Database, wanted: str, expected: set[str]) -> None:
    """The filter finds a whole text of the meta; % is the client's wildcard."""
    texts = ("aes", "algo", "ae\u00e9", "back\\slash", 'a "quote"')
    add_orders(database, *(an_order(meta={"value": text, "bit_length": 8}) for text in texts))
    found, total = listed(database, meta=(wanted,))
    assert {order.meta["value"] for order in found} == expected
    assert total == len(expected)
