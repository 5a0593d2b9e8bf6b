"""The port of offered stores: the table is what the configuration says; a project prefers one at most."""

import uuid

import pytest

from barbican_like.common.errors import ConfigurationError, NotFound
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.store_settings import StoreSetting
from tests.support.threads import at_once


def setting(store: str, *, default: bool = False, name: str = "A store") -> StoreSetting:
    """A store as a section says it."""
    return StoreSetting(name=name, store_plugin=store, crypto_plugin=None, global_default=default)


def offer(database: Database, *settings: StoreSetting) -> None:
    """Bring the table to a configuration."""
    with UnitOfWork(database) as uow:
        uow.secret_stores.offer(settings)
        uow.commit()


def ids(database: Database) -> dict[str, str]:
    """The stores' ids by their names."""
    with Reading(database) as view:
        return {store.store: store.id for store in view.secret_stores.list()}


def prefer(database: Database, project: str, store: str) -> None:
    """Let a project prefer a store."""
    with UnitOfWork(database) as uow:
        uow.secret_stores.prefer(project, ids(database)[store])
        uow.commit()


def preferred(database: Database, project: str) -> str | None:
    """The store that a project prefers."""
    with Reading(database) as view:
        found = view.secret_stores.find_preferred(project)
    return found and found.store


def test_a_store_keeps_its_id_whatever_is_said_of_it(database: Database) -> None:
    offer(database, setting("one", default=True), setting("two"))
    before = ids(database)
    offer(database, setting("two", default=True, name="Another name"), setting("one"))
    assert ids(database) == before
    with Reading(database) as view:
        default = view.secret_stores.global_default()
        assert view.secret_stores.get(before["two"]) == default
    assert (default.store, default.name) == ("two", "Another name")


def test_a_store_that_nobody_prefers_may_go(database: Database) -> None:
    offer(database, setting("one", default=True), setting("two"))
    gone = ids(database)["two"]
    offer(database, setting("one", default=True))
    assert list(ids(database)) == ["one"]
    with Reading(database) as view, pytest.raises(NotFound):
        view.secret_stores.get(gone)


def test_a_store_that_a_project_prefers_may_not_go(database: Database) -> None:
    offer(database, setting("one", default=True), setting("two"))
    prefer(database, "project", "two")
    with pytest.raises(ConfigurationError, match="two"):
        offer(database, setting("one", default=True))
    assert set(ids(database)) == {"one", "two"}


def test_processes_that_start_at_once_agree(database: Database) -> None:
    at_once(4, lambda _: offer(database, setting("one", default=True), setting("two")))
    assert set(ids(database)) == {"one", "two"}


def test_a_project_prefers_what_it_said_last(database: Database) -> None:
    offer(database, setting("one", default=True), setting("two"))
    mine, other = f"p-{uuid.uuid4()}", f"p-{uuid.uuid4()}"
    assert preferred(database, mine) is None
    for store in ("two", "one", "two", "two"):
        prefer(database, mine, store)
        assert preferred(database, mine) == store
    assert preferred(database, other) is None
    with UnitOfWork(database) as uow:
        assert uow.secret_stores.prefer_none(mine)
        assert not uow.secret_stores.prefer_none(mine)
        assert not uow.secret_stores.prefer_none(other)
        uow.commit()
    assert preferred(database, mine) is None


def test_of_preferences_said_at_once_one_stays(database: Database) -> None:
    offer(database, setting("one", default=True), setting("two"))
    at_once(6, lambda number: prefer(database, "project", ("one", "two")[number % 2]))
    assert preferred(database, "project") in {"one", "two"}


def test_a_store_that_is_gone_cannot_be_preferred(database: Database) -> None:
    with UnitOfWork(database) as uow, pytest.raises(NotFound):
        uow.secret_stores.prefer("project", str(uuid.uuid4()))
