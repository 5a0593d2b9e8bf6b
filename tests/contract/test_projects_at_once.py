"""Projects that come and go while others use them, on every database: nothing breaks, nothing is lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_container, a_secret, an_order
from tests.support.threads import at_once

_ROUNDS = 300
_THREADS = 5


def put_quotas(uow: UnitOfWork) -> None:
    uow.quotas.put(PROJECT, {"secrets": 1})


def remove_quotas(uow: UnitOfWork) -> None:
    uow.quotas.remove(PROJECT)


def add_and_delete_secret(uow: UnitOfWork) -> None:
    secret = a_secret()
    uow.secrets.add(secret, uow.projects.find_or_create(PROJECT))
    uow.secrets.delete(secret.id)


def add_and_delete_order(uow: UnitOfWork) -> None:
    order = an_order()
    uow.orders.add(order, uow.projects.find_or_create(PROJECT))
    uow.orders.delete(order.id)


def add_and_delete_container(uow: UnitOfWork) -> None:
    container = a_container()
    uow.containers.add(container, uow.projects.find_or_create(PROJECT))
    uow.containers.delete(container.id)


def remove_unused(uow: UnitOfWork) -> None:
    uow.projects.remove_unused(10)


@pytest.mark.parametrize(
    "use", [put_quotas, add_and_delete_secret, add_and_delete_order, add_and_delete_container]
)
def test_using_a_project_that_is_cleaned_away_all_the_time_works_or_asks_for_another_try(
    database: Database, use: Callable[[UnitOfWork], None]
) -> None:
    """No error but Overloaded, which is a 503 and means the same request again."""
    actions = [remove_unused, remove_quotas] + [use] * (_THREADS - 2)

    def work(number: int) -> int:
        done = 0
        for _ in range(_ROUNDS):
            try:
                with UnitOfWork(database) as uow:
                    actions[number](uow)
                    uow.commit()
                done += 1
            except Overloaded:
                continue
        return done

    assert all(done > 0 for done in at_once(_THREADS, work))


def test_cleaning_never_takes_quotas_that_somebody_sets_meanwhile(database: Database) -> None:
    """What was committed is there, for each of many projects that are cleaned as they get their quotas."""
    rounds = itertools.count()

    def clean(_: int) -> list[str]:
        for _ in range(_ROUNDS):
            try:
                with UnitOfWork(database) as uow:
                    remove_unused(uow)
                    uow.commit()
            except Overloaded:
                continue
        return []

    def use(_: int) -> list[str]:
        kept = []
        for _ in range(_ROUNDS):
            name = f"project-{next(rounds)}"
            try:
                with UnitOfWork(database) as uow:
                    uow.projects.find_or_create(name)
                    uow.commit()
                with UnitOfWork(database) as uow:
                    uow.quotas.put(name, {"secrets": 1})
                    uow.commit()
            except Overloaded:
                continue
            kept.append(name)
        return kept

    kept = at_once(3, lambda number: use(number) if number else clean(number))
    names = set(itertools.chain.from_iterable(kept))
    assert names
    with Reading(database) as view:
        assert {name for name in names if view.quotas.find(name) is None} == set()
