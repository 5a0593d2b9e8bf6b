"""The port of secret stores: bytes in are bytes out, and a row that was touched does not open."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbican_like.common import ids
from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.model.database import Database
from barbican_like.model.models import SealedPayload, Secret
from barbican_like.model.tables import keyring_terms, project_keys, secret_payloads, secrets
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.crypto.master_key import FileMasterKey
from barbican_like.plugin.interface import PayloadIdentity, SecretStore
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret
from tests.support.entities import a_secret
from tests.support.fabric import new_store
from tests.support.stores import StoreKind
from tests.support.threads import at_once

OCTETS = "application/octet-stream"
#: Stores as processes open them: with keys held in memory, and without.
CACHES = pytest.mark.parametrize("cache", [64, 0], ids=["cache", "no cache"])


class Shelf:
    """A store with the database it writes to."""

    def __init__(self, database: Database, kind: StoreKind, cache: int) -> None:
        self.database = database
        self.kind = kind
        self.store = new_store(database, cache=cache, master=kind.master, name=kind.name)
        self.plugins = Plugins(
            stores={self.store.name: self.store},
            default_store=self.store.name,
            generator=None,  # type: ignore[arg-type]
        )

    def again(self) -> "Shelf":
        """The store as another process opens it, which has nothing in its memory yet."""
        return Shelf(self.database, self.kind, cache=64)

    def put(self, payload: bytes, **fields: str) -> Secret:
        """Keep a secret with its payload."""
        secret = a_secret(content_type=OCTETS, **fields)
        with UnitOfWork(self.database) as uow:
            resources.store_secret(uow, self.plugins, NewSecret(secret=secret, payload=payload))
            uow.commit()
        return secret

    def row(self, secret_id: str) -> tuple[Secret, SealedPayload]:
        """What the database has."""
        with Reading(self.database) as view:
            secret, stored = view.secrets.get_with_payload(secret_id)
        assert stored is not None
        return secret, stored

    def get(self, secret_id: str) -> bytes:
        """The payload, by the way that the API takes."""
        return resources.get_secret(self.plugins, *self.row(secret_id))

    def change(self, statement: sa.Update) -> None:
        """Touch a row as only somebody with the database can."""
        with self.database.writing() as connection:
            assert connection.execute(statement).rowcount == 1


@pytest.fixture(params=[64, 0], ids=["cache", "no cache"])
def shelf(request: pytest.FixtureRequest, database: Database, store_kind: StoreKind) -> Shelf:
    """A store of each kind, with keys held in memory and without."""
    return Shelf(database, store_kind, request.param)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payload=st.binary(max_size=300),
    project=st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1, max_size=64),
)
def test_any_bytes_come_back_as_they_were(shelf: Shelf, payload: bytes, project: str) -> None:
    """Whatever the bytes and whatever the project is called."""
    assert shelf.get(shelf.put(payload, project_id=project).id) == payload


def test_a_mebibyte_comes_back_and_more_is_refused(shelf: Shelf) -> None:
    """The largest that can be sealed; one byte more is a defect of the caller."""
    largest = bytes(range(256)) * 4096
    assert shelf.get(shelf.put(largest).id) == largest
    with pytest.raises(ValueError, match="too large"):
        shelf.put(largest + b"x")


def test_another_process_opens_what_this_one_sealed(shelf: Shelf) -> None:
    """All it takes is the database and the master key."""
    secret = shelf.put(b"payload")
    assert shelf.again().get(secret.id) == b"payload"


def test_equal_payloads_look_different_at_rest(shelf: Shelf) -> None:
    """Nothing of the payload, and no equality of payloads, can be seen in the rows."""
    first, second = (shelf.row(shelf.put(b"a payload like any other").id)[1].sealed for _ in range(2))
    assert first[74:] != second[74:]
    assert b"payload" not in first


def test_a_second_step_seals_as_the_first_does(shelf: Shelf) -> None:
    """A payload given later comes back the same."""
    secret = a_secret()
    with UnitOfWork(shelf.database) as uow:
        resources.store_secret(uow, shelf.plugins, NewSecret(secret=secret))
        uow.commit()
    with UnitOfWork(shelf.database) as uow:
        resources.store_payload(uow, shelf.plugins, secret, "text/plain", b"later")
        uow.commit()
    assert shelf.get(secret.id) == b"later"


def test_a_key_that_was_rolled_back_is_not_used_again(shelf: Shelf) -> None:
    """The project's first write fails, the second makes a new key: what it seals can be opened."""
    with UnitOfWork(shelf.database) as uow:
        resources.store_secret(
            uow, shelf.plugins, NewSecret(secret=a_secret(content_type=OCTETS), payload=b"lost")
        )
    assert shelf.get(shelf.put(b"kept").id) == b"kept"


def test_processes_that_write_a_projects_first_secret_at_once_share_its_key(
    database: Database, store_kind: StoreKind
) -> None:
    """Each of six has a memory of its own; one key is made, and each opens what the others sealed."""
    shelves = [Shelf(database, store_kind, cache=64) for _ in range(6)]
    stored = at_once(6, lambda number: shelves[number].put(b"payload %d" % number).id)
    for number, secret_id in enumerate(stored):
        assert {shelf.get(secret_id) for shelf in shelves} == {b"payload %d" % number}
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(project_keys)).scalar_one() == 1


def moved_to_another_secret(shelf: Shelf) -> str:
    """The payload's row says that it belongs to the neighbour."""
    mine, other = shelf.put(b"mine"), shelf.put(b"other")
    with shelf.database.writing() as connection:
        connection.execute(secret_payloads.delete().where(secret_payloads.c.secret_id == other.id))
    shelf.change(
        secret_payloads.update().where(secret_payloads.c.secret_id == mine.id).values(secret_id=other.id)
    )
    return other.id


def moved_to_another_project(shelf: Shelf) -> str:
    """The secret's row says that it belongs to another project."""
    mine, other = shelf.put(b"mine"), shelf.put(b"other", project_id="another")
    project = sa.select(secrets.c.project_id).where(secrets.c.id == other.id).scalar_subquery()
    with shelf.database.reading() as connection:
        project_id = connection.execute(sa.select(project)).scalar_one()
    shelf.change(secrets.update().where(secrets.c.id == mine.id).values(project_id=project_id))
    return mine.id


def sealed_by_another_projects_key(shelf: Shelf) -> str:
    """The payload's row names the key of another project."""
    mine, other = shelf.put(b"mine"), shelf.put(b"other", project_id="another")
    key = shelf.row(other.id)[1].key
    assert key is not None
    shelf.change(
        secret_payloads.update().where(secret_payloads.c.secret_id == mine.id).values(project_key_id=key.id)
    )
    return mine.id


def key_given_to_another_project(shelf: Shelf) -> str:
    """The key's own row says that it belongs to another project."""
    mine, other = shelf.put(b"mine"), shelf.put(b"other", project_id="another")
    key = shelf.row(mine.id)[1].key
    assert key is not None
    with shelf.database.reading() as connection:
        project_id = connection.execute(
            sa.select(secrets.c.project_id).where(secrets.c.id == other.id)
        ).scalar_one()
    shelf.change(secrets.update().where(secrets.c.id == mine.id).values(project_id=project_id))
    shelf.change(
        project_keys.update().where(project_keys.c.id == key.id).values(project_id=project_id, active=None)
    )
    return mine.id


def another_version(shelf: Shelf) -> str:
    """The payload's row says that it is a later one."""
    mine = shelf.put(b"mine")
    shelf.change(secret_payloads.update().where(secret_payloads.c.secret_id == mine.id).values(version=2))
    return mine.id


def another_content_type(shelf: Shelf) -> str:
    """The secret's row says that it is text."""
    mine = shelf.put(b"mine")
    shelf.change(secrets.update().where(secrets.c.id == mine.id).values(content_type="text/plain"))
    return mine.id


def an_unknown_store(shelf: Shelf) -> str:
    """The payload's row names a store that this process does not have."""
    mine = shelf.put(b"mine")
    shelf.change(secret_payloads.update().where(secret_payloads.c.secret_id == mine.id).values(store="hsm"))
    return mine.id


def no_project_key(shelf: Shelf) -> str:
    """The payload's row names no key."""
    mine = shelf.put(b"mine")
    shelf.change(
        secret_payloads.update().where(secret_payloads.c.secret_id == mine.id).values(project_key_id=None)
    )
    return mine.id


def a_bit_of_the_wrapped_key(shelf: Shelf) -> str:
    """The project's key is not as it was wrapped."""
    mine = shelf.put(b"mine")
    key = shelf.row(mine.id)[1].key
    assert key is not None
    flipped = key.wrapped[:-1] + bytes([key.wrapped[-1] ^ 1])
    shelf.change(project_keys.update().where(project_keys.c.id == key.id).values(wrapped=flipped))
    return mine.id


TOUCHED: tuple[Callable[[Shelf], str], ...] = (
    moved_to_another_secret,
    moved_to_another_project,
    sealed_by_another_projects_key,
    key_given_to_another_project,
    another_version,
    another_content_type,
    an_unknown_store,
    no_project_key,
    a_bit_of_the_wrapped_key,
)


@pytest.mark.parametrize("touch", TOUCHED, ids=lambda touch: touch.__name__)
def test_a_row_that_was_touched_does_not_open(shelf: Shelf, touch: Callable[[Shelf], str]) -> None:
    """One error of one kind, and never data; the same by a process that starts afterwards."""
    touched = touch(shelf)
    for reader in (shelf, shelf.again()):
        with pytest.raises(IntegrityFailure):
            reader.get(touched)


def opens(store: SecretStore, identity: PayloadIdentity, stored: SealedPayload) -> bool:
    """Whether a payload can be had."""
    try:
        store.retrieve(identity, stored)
    except IntegrityFailure:
        return False
    return True


@CACHES
def test_no_other_bytes_open(sqlite_database: Database, store_kind: StoreKind, cache: int) -> None:
    """Each flipped bit, each truncation, bytes more at either end, nothing at all."""
    shelf = Shelf(sqlite_database, store_kind, cache)
    secret, stored = shelf.row(shelf.put(b"payload").id)
    identity = PayloadIdentity(project_id=secret.project_id, secret_id=secret.id, content_type=OCTETS)
    whole = stored.sealed
    assert opens(shelf.store, identity, stored)
    flipped = (
        whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    )
    others = [*flipped, *(whole[:end] for end in range(len(whole))), whole + b"\0", b"\0" + whole]
    assert [o for o in others if opens(shelf.store, identity, replace(stored, sealed=o))] == []


@pytest.mark.parametrize(
    "field", ["project_id", "secret_id", "content_type", "version"], ids=lambda field: field
)
def test_each_part_of_the_identity_is_bound(
    sqlite_database: Database, store_kind: StoreKind, field: str
) -> None:
    """A payload opens for exactly the identity that it was sealed for."""
    shelf = Shelf(sqlite_database, store_kind, 64)
    secret, stored = shelf.row(shelf.put(b"payload").id)
    identity = PayloadIdentity(project_id=secret.project_id, secret_id=secret.id, content_type=OCTETS)
    other: dict[str, object] = {"version": 2, "secret_id": ids.new_id()}
    assert opens(shelf.store, identity, stored)
    assert not opens(shelf.store, replace(identity, **{field: other.get(field, "other")}), stored)


def test_a_wrong_master_key_is_refused_at_the_start(database: Database, store_kind: StoreKind) -> None:
    """The operator is told; nothing is written, and the right key goes on working."""
    shelf = Shelf(database, store_kind, 64)
    secret = shelf.put(b"payload")
    with pytest.raises(ConfigurationError, match=f"master key does not open term 1 .* {store_kind.name}"):
        new_store(database, master=FileMasterKey(bytes(32)), name=store_kind.name)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(keyring_terms)).scalar_one() == 1
    assert shelf.again().get(secret.id) == b"payload"
