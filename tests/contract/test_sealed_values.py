"""Small secrets that rooms keep for themselves: what is kept is had again, and only in its own place."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.common.errors import IntegrityFailure, NotFound
from barbican_like.model.database import Database
from barbican_like.model.tables import sealed_values, secret_payloads
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret
from barbican_like.plugin.values import keep_value, open_value
from tests.support.entities import a_secret
from tests.support.fabric import new_store

PROJECT = "project-of-values"
VALUE = b"k4n4ry-value"


def plugins_of(database: Database) -> Plugins:
    """The usual store, with nothing in its memory."""
    store = new_store(database, cache=0)
    return Plugins(stores={store.name: store}, default_store=store.name, generator=None)  # type: ignore[arg-type]


def kept(database: Database, value: bytes = VALUE) -> str:
    """Keep a value; returns its id."""
    value_id = ids.new_id()
    with UnitOfWork(database) as uow:
        keep_value(uow, plugins_of(database), PROJECT, value_id, value)
        uow.commit()
    return value_id


def opened(database: Database, value_id: str, project_id: str = PROJECT) -> bytes:
    """The value."""
    with Reading(database) as view:
        return open_value(view, plugins_of(database), project_id, value_id)


def test_what_was_kept_is_had_again_and_does_not_rest_in_the_clear(database: Database) -> None:
    value_id = kept(database)
    assert opened(database, value_id) == VALUE
    with database.reading() as connection:
        sealed = connection.execute(sa.select(sealed_values.c.sealed)).scalar_one()
    assert VALUE not in sealed


def test_a_value_opens_in_its_own_place_only(database: Database) -> None:
    """Neither under another id or project, nor as the payload of a secret of the same id."""
    value_id, other_id = kept(database), kept(database, b"another")
    with database.writing() as connection:
        row = connection.execute(sa.select(sealed_values).where(sealed_values.c.id == value_id)).one()
        moved = {name: getattr(row, name) for name in ("sealed", "project_key_id")}
        connection.execute(sealed_values.update().where(sealed_values.c.id == other_id).values(**moved))
    with pytest.raises(IntegrityFailure):
        opened(database, other_id)
    with pytest.raises(IntegrityFailure):
        opened(database, value_id, "another-project")
    secret = a_secret(id=value_id, project_id=PROJECT, content_type="application/octet-stream")
    with UnitOfWork(database) as uow:
        resources.store_secret(uow, plugins_of(database), NewSecret(secret=secret, payload=b"own"))
        uow.commit()
    with database.writing() as connection:
        here = secret_payloads.c.secret_id == value_id
        connection.execute(secret_payloads.update().where(here).values(**moved))
    with Reading(database) as view:
        found, stored = view.secrets.get_with_payload(value_id)
    assert stored is not None
    with pytest.raises(IntegrityFailure):
        resources.get_secret(plugins_of(database), found, stored)


def test_a_removed_value_is_not_found(database: Database) -> None:
    value_id, other_id = kept(database), kept(database)
    with UnitOfWork(database) as uow:
        uow.sealed_values.remove([value_id])
        uow.commit()
    with pytest.raises(NotFound):
        opened(database, value_id)
    assert opened(database, other_id) == VALUE


def test_a_project_that_has_a_value_is_not_unused(database: Database) -> None:
    """Its key stays, so the value opens; without the value the project goes."""
    value_id = kept(database)
    with UnitOfWork(database) as uow:
        assert uow.projects.remove_unused(10) == 0
        uow.commit()
    assert opened(database, value_id) == VALUE
    with UnitOfWork(database) as uow:
        uow.sealed_values.remove([value_id])
        assert uow.projects.remove_unused(10) == 1
        uow.commit()
