"""A secret's move to another store: one step, seen whole or not at all, on every database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from barbican_like.common.errors import IntegrityFailure, NotFound, OperationRefused, StaleProject
from barbican_like.model.database import Database
from barbican_like.model.models import SealedPayload, Secret
from barbican_like.model.tables import secret_payloads
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.crypto.master_key import FileMasterKey
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret
from tests.support.entities import a_secret
from tests.support.fabric import new_store
from tests.support.threads import at_once

FIRST, SECOND = "simple_crypto", "second_plugin"


@dataclass(frozen=True)
class Shelves:
    """Two stores over one database."""

    database: Database
    plugins: Plugins

    def put(self) -> Secret:
        """Keep a secret in the first one."""
        secret = a_secret(content_type="application/octet-stream")
        with UnitOfWork(self.database) as uow:
            resources.store_secret(uow, self.plugins, NewSecret(secret=secret, payload=b"hello"))
            uow.commit()
        return secret

    def move(self, secret: Secret, to: str = SECOND) -> None:
        """Move it."""
        with UnitOfWork(self.database) as uow:
            resources.move_secret(uow, self.plugins, secret, to)
            uow.commit()

    def row(self, secret: Secret) -> SealedPayload:
        """What the database has."""
        with Reading(self.database) as view:
            _, stored = view.secrets.get_with_payload(secret.id)
        assert stored is not None
        return stored

    def payload(self, secret: Secret) -> bytes:
        """What a reader gets."""
        return resources.get_secret(self.plugins, secret, self.row(secret))


@pytest.fixture
def shelves(database: Database) -> Shelves:
    """Two stores with a master key each."""
    stores = [new_store(database), new_store(database, master=FileMasterKey(bytes(32)), name=SECOND)]
    plugins = Plugins(
        stores={store.name: store for store in stores},
        default_store=FIRST,
        generator=None,  # type: ignore[arg-type]
    )
    return Shelves(database, plugins)


def test_a_moved_payload_is_sealed_anew_in_the_other_store(shelves: Shelves) -> None:
    """By the other store's key, as the next version; back again it is a third one."""
    secret = shelves.put()
    before = shelves.row(secret)
    shelves.move(secret)
    after = shelves.row(secret)
    assert (after.store, after.version) == (SECOND, before.version + 1)
    assert after.key is not None
    assert after.key.store == SECOND
    assert shelves.payload(secret) == b"hello"
    shelves.move(secret, FIRST)
    assert (shelves.row(secret).store, shelves.row(secret).version) == (FIRST, before.version + 2)
    assert shelves.payload(secret) == b"hello"


def test_the_seal_that_was_replaced_does_not_open_in_its_place(shelves: Shelves) -> None:
    """Put back into the row as it is now, it is of another version."""
    secret = shelves.put()
    before = shelves.row(secret)
    shelves.move(secret)
    shelves.move(secret, FIRST)
    forged = (
        sa.update(secret_payloads)
        .where(secret_payloads.c.secret_id == secret.id)
        .values(sealed=before.sealed)
    )
    with shelves.database.writing() as connection:
        connection.execute(forged)
    with pytest.raises(IntegrityFailure):
        shelves.payload(secret)


def test_a_reader_finds_the_old_seal_until_the_commit_and_the_new_one_after_it(shelves: Shelves) -> None:
    secret = shelves.put()
    with UnitOfWork(shelves.database) as uow:
        resources.move_secret(uow, shelves.plugins, secret, SECOND)
        assert (shelves.row(secret).store, shelves.payload(secret)) == (FIRST, b"hello")
        uow.commit()
    assert (shelves.row(secret).store, shelves.payload(secret)) == (SECOND, b"hello")


def test_a_move_that_is_not_committed_changes_nothing(shelves: Shelves) -> None:
    secret = shelves.put()
    before = shelves.row(secret)
    with UnitOfWork(shelves.database) as uow:
        resources.move_secret(uow, shelves.plugins, secret, SECOND)
    assert shelves.row(secret) == before


def test_a_key_that_went_with_its_project_is_forgotten_by_the_move_that_finds_it(shelves: Shelves) -> None:
    """This process remembers the key, another has removed it: the first move says so, the next makes one."""
    first = shelves.put()
    shelves.move(first)
    with UnitOfWork(shelves.database) as uow:
        uow.secrets.delete(first.id)
        assert uow.projects.remove_unused(10) == 1
        uow.commit()
    shelves.plugins.stores[FIRST] = new_store(shelves.database)  # which remembers nothing
    second = shelves.put()
    with pytest.raises(StaleProject):
        shelves.move(second)
    shelves.move(second)
    assert shelves.payload(second) == b"hello"


def test_moves_at_once_to_and_fro_end_in_one_of_the_stores(shelves: Shelves) -> None:
    """Each sees what the one before has done, and the payload can be read at any time."""
    secret = shelves.put()

    def act(number: int) -> None:
        for turn in range(5):
            shelves.move(secret, (FIRST, SECOND)[(number + turn) % 2])
            assert shelves.payload(secret) == b"hello"

    at_once(4, act)
    assert shelves.payload(secret) == b"hello"


def test_a_secret_that_is_deleted_at_the_same_time_is_moved_or_not_found(shelves: Shelves) -> None:
    """Either way it is gone afterwards, with its payload."""
    secrets = [shelves.put() for _ in range(8)]

    def act(number: int) -> None:
        for secret in secrets:
            with suppress(NotFound):
                if number:
                    shelves.move(secret)
                else:
                    with UnitOfWork(shelves.database) as uow:
                        resources.delete_secret(uow, secret)
                        uow.commit()

    at_once(2, act)
    for secret in secrets:
        with pytest.raises(NotFound):
            shelves.row(secret)


def test_a_secret_without_a_payload_is_refused(shelves: Shelves) -> None:
    secret = a_secret(content_type=None)
    with UnitOfWork(shelves.database) as uow:
        uow.secrets.add(secret, uow.projects.find_or_create(secret.project_id))
        uow.commit()
    with pytest.raises(OperationRefused, match="no payload"):
        shelves.move(secret)
