"""The port of containers' consumers, and of the references in containers, on every database."""

import pytest

from barbican_like.common import ids
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import Page, SecretReference
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_container, add_containers
from tests.support.pages import shown
from tests.support.threads import at_once

ALL = Page(offset=0, limit=100)


@pytest.fixture
def container_id(database: Database) -> str:
    """The id of an empty container."""
    container = a_container()
    add_containers(database, container)
    return container.id


def register(database: Database, container_id: str, name: str, url: str, project: str = PROJECT) -> None:
    """Register a consumer in a transaction of its own."""
    with UnitOfWork(database) as uow:
        uow.container_consumers.register(container_id, name, url, creator_project_id=project)
        uow.commit()


def test_consumers_are_listed_by_name_and_url(database: Database, container_id: str) -> None:
    """The same in a page, in the container, and in a list of containers."""
    other = a_container()
    add_containers(database, other)
    pairs = [("b", "2"), ("a", "9"), ("b", "1"), ("B", "3"), ("a" * 255, "\u20ac" * 255)]
    for pair in pairs:
        register(database, container_id, *pair)
    register(database, other.id, "a", "other")
    with Reading(database) as view:
        page, total = shown(view, view.container_consumers.list(container_id, ALL))
        last = view.container_consumers.list(container_id, Page(offset=4, limit=2)).items
        whole = view.containers.get(container_id)
        listed = view.containers.list(PROJECT, ALL, name=(), type=None).items
    assert [(c.name, c.url) for c in page] == sorted(pairs)
    assert (total, list(last)) == (len(pairs), list(page)[4:])
    assert whole.consumers == tuple(page)
    assert whole in listed


def test_a_consumer_stays_with_who_registered_it_first(database: Database, container_id: str) -> None:
    for project in ("first", "second"):
        register(database, container_id, "a", "1", project)
    with Reading(database) as view:
        found = view.container_consumers.find(container_id, "a", "1")
        assert view.container_consumers.find(container_id, "a", "2") is None
    assert found is not None
    assert found.creator_project_id == "first"


def test_threads_that_register_one_consumer_at_once_all_succeed(
    database: Database, container_id: str
) -> None:
    at_once(6, lambda _: register(database, container_id, "a", "1"))
    with Reading(database) as view:
        assert shown(view, view.container_consumers.list(container_id, ALL))[1] == 1


def test_names_do_not_run_into_each_other(database: Database, container_id: str) -> None:
    for pair in (("ab", "c"), ("a", "bc")):
        register(database, container_id, *pair)
    with Reading(database) as view:
        assert shown(view, view.container_consumers.list(container_id, ALL))[1] == 2


def test_a_consumer_is_removed_once(database: Database, container_id: str) -> None:
    register(database, container_id, "a", "1")
    removed = []
    for _ in range(2):
        with UnitOfWork(database) as uow:
            removed.append(uow.container_consumers.remove(container_id, "a", "1"))
            uow.commit()
    assert removed == [True, False]


def test_a_container_that_has_gone_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        register(database, ids.new_id(), "a", "1")
    with UnitOfWork(database) as uow, pytest.raises(NotFound):
        uow.containers.add_reference(a_container(), SecretReference(name="a", secret_id=ids.new_id()))


def test_references_are_added_and_removed_by_id_and_name(database: Database) -> None:
    """A reference without a name is another than one with it."""
    container, secret_id = a_container(), ids.new_id()
    add_containers(database, container)
    references = [SecretReference(name=name, secret_id=secret_id) for name in ("a", None, "A")]
    for reference in references:
        with UnitOfWork(database) as uow:
            uow.containers.add_reference(container, reference)
            with pytest.raises(Conflict):
                uow.containers.add_reference(container, reference)
            uow.commit()
    with Reading(database) as view:
        assert view.containers.get(container.id).references == tuple(references)
    for number, reference in enumerate((references[1], references[0], references[2])):
        with UnitOfWork(database) as uow:
            assert uow.containers.remove_reference(container.id, reference) is True
            assert uow.containers.remove_reference(container.id, reference) is False
            assert len(uow.containers.get(container.id).references) == 2 - number
            uow.commit()
