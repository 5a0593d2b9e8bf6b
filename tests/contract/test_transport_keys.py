"""The port of transport keys, on every database."""

from datetime import timedelta

import pytest

from barbican_like.common import clock, ids
from barbican_like.common.errors import NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import Page, TransportKey
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.pages import shown

ALL = Page(offset=0, limit=100)


def a_key(minutes: int = 0, plugin: str = "plugin") -> TransportKey:
    """A key that was made so many minutes later than others."""
    at = clock.now() + timedelta(minutes=minutes)
    return TransportKey(
        id=ids.new_id(), plugin_name=plugin, transport_key="\u00fc" * 20_000, created_at=at, updated_at=at
    )


def add(database: Database, *keys: TransportKey) -> None:
    """Write keys in one commit."""
    with UnitOfWork(database) as uow:
        for key in keys:
            uow.transport_keys.add(key)
        uow.commit()


def test_a_key_reads_back(database: Database) -> None:
    key = a_key()
    add(database, key)
    with Reading(database) as view:
        assert view.transport_keys.get(key.id) == key


def test_keys_are_listed_by_age_and_narrowed_by_plug_in(database: Database) -> None:
    keys = [a_key(2, "a"), a_key(0, "b"), a_key(1, "a"), a_key(3, "A")]
    add(database, *keys)
    by_age = [keys[1], keys[2], keys[0], keys[3]]
    with Reading(database) as view:
        assert shown(view, view.transport_keys.list(ALL, plugin_name=None)) == (by_age, 4)
        assert shown(view, view.transport_keys.list(Page(offset=1, limit=2), plugin_name=None)) == (
            by_age[1:3],
            4,
        )
        assert shown(view, view.transport_keys.list(ALL, plugin_name="a")) == ([keys[2], keys[0]], 2)
        assert shown(view, view.transport_keys.list(ALL, plugin_name="%")) == ([], 0)


def test_a_key_is_deleted_once(database: Database) -> None:
    key, other = a_key(), a_key(1)
    add(database, key, other)
    with UnitOfWork(database) as uow:
        uow.transport_keys.delete(key.id)
        with pytest.raises(NotFound):
            uow.transport_keys.delete(key.id)
        uow.commit()
    with Reading(database) as view:
        assert shown(view, view.transport_keys.list(ALL, plugin_name=None)) == ([other], 1)
        with pytest.raises(NotFound):
            view.transport_keys.get(key.id)
