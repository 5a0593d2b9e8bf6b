"""What operators see of all projects, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.models import Page
from barbican_like.model.repositories.standing import ORDERS, THINGS, StandingRepo
from barbican_like.model.states import OrderStatus, TaskStatus
from barbican_like.model.tables import orders
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.figures import figures as of_key_manager
from barbican_like.workqueue.figures import figures as of_jobs
from tests.support.entities import a_secret, add_secrets, an_order
from tests.support.entities import add_orders as write_orders
from tests.support.tasks import NAME, add_task, open_task, set_task


def add_orders(database: Database, *project_ids: str) -> list[str]:
    """A pending order for each of these projects; returns their ids."""
    made = [an_order(project_id=project_id) for project_id in project_ids]
    write_orders(database, *made)
    return [order.id for order in made]


def set_updated(database: Database, order_id: str, hours_ago: int) -> None:
    with database.writing() as connection:
        at = clock.now() - timedelta(hours=hours_ago)
        connection.execute(sa.update(orders).where(orders.c.id == order_id).values(updated_at=at))


def fail(database: Database, order_id: str, reason: str) -> None:
    with UnitOfWork(database) as uow:
        uow.orders.fail(order_id, status_code="500", reason=reason)
        uow.commit()


def test_orders_of_all_projects_are_counted_by_status(database: Database) -> None:
    first, *_ = add_orders(database, "p", "q", "q")
    fail(database, first, "no")
    with Reading(database) as view:
        counts = {status: view.count(count) for status, count in ORDERS.items()}
    assert counts == {OrderStatus.PENDING: 2, OrderStatus.ACTIVE: 0, OrderStatus.ERROR: 1}


def test_secrets_and_containers_of_all_projects_are_counted(database: Database) -> None:
    add_secrets(database, a_secret(project_id="p"), a_secret(project_id="q"))
    with Reading(database) as view:
        assert {name: view.count(count) for name, count in THINGS.items()} == {"secrets": 2, "containers": 0}


def test_the_oldest_order_that_waits_is_found_and_none_where_none_waits(database: Database) -> None:
    with Reading(database) as view:
        assert view.of(StandingRepo).oldest_pending_order() is None
    old, _, done = add_orders(database, "p", "p", "q")
    set_updated(database, old, 2)
    set_updated(database, done, 3)
    fail(database, done, "no")
    with Reading(database) as view:
        oldest = view.of(StandingRepo).oldest_pending_order()
    assert oldest is not None
    assert timedelta(hours=1) < clock.now() - oldest < timedelta(hours=3)


def test_orders_that_have_failed_within_a_day_want_attention_the_newest_first(database: Database) -> None:
    made = add_orders(database, "p", "q", "p")
    for number, order_id in enumerate(made):
        fail(database, order_id, f"reason {number}")
    set_updated(database, made[0], 1)
    set_updated(database, made[2], 25)
    with Reading(database) as view:
        troubles = of_key_manager(view).troubles
    assert [(one.id, one.project_id, one.reason) for one in troubles] == [
        (made[1], "q", "reason 1"),
        (made[0], "p", "reason 0"),
    ]


def test_where_there_are_no_jobs_there_is_nothing_to_say_of_them(database: Database) -> None:
    with Reading(database) as view:
        found = of_jobs(view)
    assert (found.tallies, found.troubles) == ((), ())


def test_open_tasks_are_counted_by_kind_and_status_with_their_oldest(database: Database) -> None:
    oldest, _, dead = (add_task(database) for _ in range(3))
    add_task(database, name="another_kind")
    set_task(database, oldest, created_at=clock.now() - timedelta(hours=1))
    set_task(database, dead, status=TaskStatus.DEAD)
    with Reading(database) as view:
        counts = {(one.kind, one.status): one for one in view.task_desk.counts()}
    assert {key: one.number for key, one in counts.items()} == {
        (NAME, TaskStatus.READY): 2,
        (NAME, TaskStatus.DEAD): 1,
        ("another_kind", TaskStatus.READY): 1,
    }
    assert clock.now() - counts[NAME, TaskStatus.READY].oldest > timedelta(minutes=59)


def add_aged(database: Database, minutes: int) -> str:
    """A task that was written so long ago; returns its entity."""
    entity = add_task(database)
    set_task(database, entity, created_at=clock.now() - timedelta(minutes=minutes))
    return entity


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_tasks_come_in_pages_by_age(database: Database, limit: int) -> None:
    made = [open_task(database, add_aged(database, 5 - number)).id for number in range(5)]
    found: list[str] = []
    page: Page | None = Page(offset=0, limit=limit)
    with Reading(database) as view:
        while page is not None:
            part = view.task_desk.list(page, kind=NAME, status=TaskStatus.READY)
            found += [task.id for task in part.items]
            later = part.later
            page = None if later is None else Page(offset=len(found), limit=limit, marker=later)
    assert found == made


def test_dead_tasks_are_named_the_newest_first(database: Database) -> None:
    older, newer, _ = (add_aged(database, minutes) for minutes in (3, 2, 1))
    for entity in (older, newer):
        set_task(database, entity, status=TaskStatus.DEAD)
    with Reading(database) as view:
        assert [task.entity_id for task in view.task_desk.given_up(20)] == [newer, older]
        assert [task.entity_id for task in view.task_desk.given_up(1)] == [newer]
