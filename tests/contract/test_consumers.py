"""The port of secrets' consumers, on every database."""

import threading

from barbican_like.model.database import Database
from barbican_like.model.models import Page
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_secret, add_secrets
from tests.support.pages import shown
from tests.support.threads import at_once

ALL = Page(offset=0, limit=100)


def a_stored_secret(database: Database) -> str:
    """The id of a secret that is in the database."""
    secret = a_secret()
    add_secrets(database, secret)
    return secret.id


def register(database: Database, secret_id: str, *names: str) -> None:
    """Register a consumer in a transaction of its own."""
    with UnitOfWork(database) as uow:
        uow.secret_consumers.register(secret_id, *names, creator_project_id=PROJECT)
        uow.commit()


def registered(database: Database, secret_id: str, page: Page = ALL) -> tuple[list[tuple[str, ...]], int]:
    """The names of a secret's consumers, and how many there are."""
    with Reading(database) as view:
        found, total = shown(view, view.secret_consumers.list(secret_id, page))
    return [(c.service, c.resource_type, c.resource_id) for c in found], total


def test_a_consumer_reads_back_with_its_owner(database: Database) -> None:
    """Names of 255 characters of any kind are kept, and who registered them."""
    secret_id, names = a_stored_secret(database), ("s" * 255, "\u00fc\U0001f511" * 100, "i d\\'")
    register(database, secret_id, *names)
    with Reading(database) as view:
        found = view.secret_consumers.find(secret_id, *names)
        assert view.secret_consumers.find(secret_id, *names[:2], "another") is None
    assert found is not None
    assert (found.service, found.resource_type, found.resource_id) == names
    assert found.creator_project_id == PROJECT
    assert found.created_at == found.updated_at


def test_names_do_not_run_into_each_other(database: Database) -> None:
    """("ab", "c") and ("a", "bc") are two consumers."""
    secret_id = a_stored_secret(database)
    for names in (("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd")):
        register(database, secret_id, *names)
    assert registered(database, secret_id)[1] == 3


def test_registering_twice_changes_nothing(database: Database) -> None:
    """The second time, and many times at once, one consumer stays with its first time."""
    secret_id = a_stored_secret(database)
    register(database, secret_id, "service", "type", "id")
    with Reading(database) as view:
        first = view.secret_consumers.find(secret_id, "service", "type", "id")
    at_once(6, lambda _: register(database, secret_id, "service", "type", "id"))
    with Reading(database) as view:
        assert shown(view, view.secret_consumers.list(secret_id, ALL)) == ([first], 1)


def test_threads_that_register_one_consumer_at_once_all_succeed(database: Database) -> None:
    """None of them sees an error, and one row is made."""
    secret_id = a_stored_secret(database)
    at_once(6, lambda _: register(database, secret_id, "service", "type", "id"))
    assert registered(database, secret_id) == ([("service", "type", "id")], 1)


def test_pages_go_by_age(database: Database) -> None:
    """The oldest first, the total beside each page, other secrets' consumers left out."""
    secret_id, other = a_stored_secret(database), a_stored_secret(database)
    register(database, other, "service", "type", "other")
    for number in range(5):
        register(database, secret_id, "service", "type", str(number))
    assert registered(database, secret_id, Page(offset=3, limit=10)) == (
        [("service", "type", "3"), ("service", "type", "4")],
        5,
    )


def test_a_consumer_is_removed_once(database: Database) -> None:
    """Removing tells whether there was one, and leaves the others."""
    secret_id = a_stored_secret(database)
    for number in range(2):
        register(database, secret_id, "service", "type", str(number))
    removed = []
    for _ in range(2):
        with UnitOfWork(database) as uow:
            removed.append(uow.secret_consumers.remove(secret_id, "service", "type", "0"))
            uow.commit()
    assert removed == [True, False]
    assert registered(database, secret_id) == ([("service", "type", "1")], 1)


def test_who_holds_a_secret_sees_who_has_registered_just_before(database: Database) -> None:
    """It waits for the other's commit, so that nothing is deleted under a consumer that was promised it."""
    secret_id = a_stored_secret(database)
    seen = []

    def look() -> None:
        with UnitOfWork(database) as uow:
            seen.append(len(uow.secrets.hold(secret_id).consumers))

    with UnitOfWork(database) as uow:
        uow.secret_consumers.register(secret_id, "service", "type", "id", creator_project_id=PROJECT)
        other = threading.Thread(target=look)
        other.start()
        uow.commit()
    other.join()
    assert seen == [1]


def test_a_list_has_all_consumers_of_each_secret(database: Database) -> None:
    """In the order in which they were registered."""
    first, second = a_stored_secret(database), a_stored_secret(database)
    for number in range(3):
        register(database, first, f"service {number}", "type", "id")
    register(database, second, "other", "type", "id")
    with Reading(database) as view:
        found = {
            one.id: [c.service for c in one.consumers] for one in view.secrets.list_by_ids([first, second])
        }
    assert found == {first: ["service 0", "service 1", "service 2"], second: ["other"]}
