"""The port of quotas, on every database. What many requests at once do stands with the HTTP routes."""

from datetime import timedelta

import pytest

from barbican_like.common import clock
from barbican_like.common.errors import QuotaReached
from barbican_like.model.database import Database
from barbican_like.model.models import Page
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import (
    PROJECT,
    a_container,
    a_secret,
    add_containers,
    add_orders,
    add_secrets,
    an_order,
)
from tests.support.pages import shown
from tests.support.threads import at_once

OTHER = "another-project"


def has_room(database: Database, resource: str, limit: int, project: str = PROJECT) -> bool:
    """Whether a project may have one more."""
    with UnitOfWork(database) as uow:
        try:
            uow.quotas.require_below(project, resource, limit)
        except QuotaReached:
            return False
        return True


def put(database: Database, project: str, **limits: int) -> None:
    """Set limits in a transaction of its own."""
    with UnitOfWork(database) as uow:
        uow.quotas.put(project, limits)
        uow.commit()


def test_a_project_without_an_entry_has_the_default(database: Database) -> None:
    with Reading(database) as view:
        assert view.quotas.find(PROJECT) is None
        assert view.quotas.limit(PROJECT, "secrets", 7) == 7


def test_limits_are_merged(database: Database) -> None:
    put(database, PROJECT, secrets=5, cas=0)
    put(database, PROJECT, secrets=-1, orders=2)
    put(database, OTHER)
    with Reading(database) as view:
        assert view.quotas.find(PROJECT) == {"secrets": -1, "orders": 2, "cas": 0}
        assert view.quotas.find(OTHER) == {}
        assert [view.quotas.limit(PROJECT, name, 9) for name in ("secrets", "cas", "containers")] == [
            -1,
            0,
            9,
        ]


def test_an_entry_is_removed_once(database: Database) -> None:
    put(database, PROJECT, secrets=5)
    put(database, OTHER, secrets=6)
    removed = []
    for _ in range(2):
        with UnitOfWork(database) as uow:
            removed.append(uow.quotas.remove(PROJECT))
            uow.commit()
    assert removed == [True, False]
    with Reading(database) as view:
        assert (view.quotas.find(PROJECT), view.quotas.find(OTHER)) == (None, {"secrets": 6})


def test_entries_are_paged_by_project(database: Database) -> None:
    """Byte by byte, the same on each database."""
    for number, project in enumerate(("b", "a", "B", "\u00e4")):
        put(database, project, secrets=number)
    with Reading(database) as view:
        found, total = shown(view, view.quotas.list(Page(offset=0, limit=10)))
        page = view.quotas.list(Page(offset=1, limit=2)).items
    assert list(found) == [
        ("B", {"secrets": 2}),
        ("a", {"secrets": 1}),
        ("b", {"secrets": 0}),
        ("\u00e4", {"secrets": 3}),
    ]
    assert (total, list(page)) == (4, list(found)[1:3])


def test_what_a_project_has_is_counted(database: Database) -> None:
    """Its own secrets that live, orders and containers; what others have is not."""
    now = clock.now()
    gone = a_secret(expiration=now - timedelta(seconds=1))
    living = a_secret(expiration=now + timedelta(days=1))
    add_secrets(database, a_secret(), gone, living, a_secret(project_id=OTHER))
    add_orders(database, an_order(), an_order(project_id=OTHER))
    add_containers(database, *(a_container() for _ in range(3)), a_container(project_id=OTHER))
    for resource, used in (("secrets", 2), ("orders", 1), ("containers", 3), ("consumers", 0)):
        assert not has_room(database, resource, used), resource
        assert has_room(database, resource, used + 1), resource


def test_consumers_are_counted_for_who_registered_them(database: Database) -> None:
    """Those of secrets and of containers, whoever owns what they consume."""
    secret, container = a_secret(project_id=OTHER), a_container()
    add_secrets(database, secret)
    add_containers(database, container)
    with UnitOfWork(database) as uow:
        uow.secret_consumers.register(secret.id, "a", "b", "c", creator_project_id=PROJECT)
        uow.container_consumers.register(container.id, "a", "b", creator_project_id=PROJECT)
        uow.container_consumers.register(container.id, "a", "c", creator_project_id=OTHER)
        uow.commit()
    assert (has_room(database, "consumers", 2), has_room(database, "consumers", 3)) == (False, True)
    assert has_room(database, "consumers", 2, OTHER)


@pytest.mark.parametrize("limit", [0, 1])
def test_a_project_that_is_not_there_has_used_nothing(database: Database, limit: int) -> None:
    """Asking leaves no project behind."""
    assert has_room(database, "secrets", limit) is (limit > 0)
    with Reading(database) as view:
        assert view.projects.find(PROJECT) is None


def test_entries_made_at_once_are_one(database: Database) -> None:
    names = ("secrets", "orders", "containers", "consumers", "cas")
    at_once(5, lambda number: put(database, PROJECT, **{names[number]: number}))
    with Reading(database) as view:
        assert view.quotas.find(PROJECT) == {name: number for number, name in enumerate(names)}
