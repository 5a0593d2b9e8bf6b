"""Rotation of a store's keyring, of each kind of store, on every database."""

from collections.abc import Iterator
from typing import Any

import pytest

from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.crypto import rotation
from barbican_like.plugin.crypto.envelope import random_key
from barbican_like.plugin.crypto.keyring import Keyring, ensure_first_term, open_keyring
from barbican_like.plugin.crypto.master_key import FileMasterKey
from barbican_like.plugin.crypto.project_keys import ProjectKeys
from tests.support.stores import StoreKind

PROJECTS = [f"project-{number}" for number in range(7)]


@pytest.fixture
def home(database: Database, store_kind: StoreKind) -> StoreKind:
    """A store whose keyring has its first term, and a key for each project under it."""
    furnish(database, store_kind)
    return store_kind


def furnish(database: Database, kind: StoreKind) -> None:
    """Write a first term, and each project's key."""
    with UnitOfWork(database) as uow:
        ensure_first_term(kind.master, uow, kind.name)
        uow.commit()
    keys = project_keys(kind, database)
    with UnitOfWork(database) as uow:
        for project in PROJECTS:
            keys.active(uow, project)
        uow.commit()


def opened(home: StoreKind, database: Database) -> Keyring:
    with Reading(database) as view:
        return open_keyring(home.master, view, home.name)


def project_keys(home: StoreKind, database: Database, *, reload: bool = True) -> ProjectKeys:
    again = (lambda: opened(home, database)) if reload else None
    return ProjectKeys(opened(home, database), size=0, ttl=0, reload=again)


def counts(home: StoreKind, database: Database) -> list[tuple[int, int]]:
    with Reading(database) as view:
        return list(view.project_keys.count_by_term(home.name))


def secrets_of(keys: ProjectKeys, database: Database) -> list[bytes]:
    with UnitOfWork(database) as uow:
        return [keys.active(uow, project).key.secret for project in PROJECTS]


def test_a_new_term_wraps_new_keys_and_leaves_the_others_alone(database: Database, home: StoreKind) -> None:
    """After a rotation a new project's key is under the new term, every other under its old one."""
    assert rotation.rotate(home.master, database, home.name) == 2
    with UnitOfWork(database) as uow:
        made = project_keys(home, database).active(uow, "newcomer")
        uow.commit()
    assert made.row.term == 2
    assert counts(home, database) == [(1, len(PROJECTS)), (2, 1)]


def test_a_process_that_runs_already_wraps_new_keys_under_the_new_term(
    database: Database, home: StoreKind
) -> None:
    """What the rotation promises holds at once, without a restart."""
    running = project_keys(home, database)
    for term, newcomer in ((2, "second"), (3, "third")):
        assert rotation.rotate(home.master, database, home.name) == term
        with UnitOfWork(database) as uow:
            made = running.active(uow, newcomer)
            uow.commit()
        assert made.row.term == term
    assert counts(home, database) == [(1, len(PROJECTS)), (2, 1), (3, 1)]


def test_rewrapping_brings_every_key_under_the_new_term_unchanged(
    database: Database, home: StoreKind
) -> None:
    """Rewrapping goes in batches, ends with no row of the old term, and changes no key itself."""
    before = secrets_of(project_keys(home, database), database)
    rotation.rotate(home.master, database, home.name)
    assert list(rotation.rewrap(database, opened(home, database), batch=3)) == [3, 3, 1]
    assert counts(home, database) == [(1, 0), (2, len(PROJECTS))]
    assert secrets_of(project_keys(home, database), database) == before


def test_a_broken_off_rewrapping_goes_on_where_it_stopped(database: Database, home: StoreKind) -> None:
    """What one run has done, the next does not do again."""
    rotation.rotate(home.master, database, home.name)
    keyring = opened(home, database)
    broken_off: Iterator[int] = rotation.rewrap(database, keyring, batch=2)
    assert next(broken_off) == 2
    assert sum(rotation.rewrap(database, keyring, batch=2)) == len(PROJECTS) - 2


def test_a_process_that_began_before_the_rotation_opens_what_was_wrapped_since(
    database: Database, home: StoreKind
) -> None:
    """A running process loads a term that it meets for the first time; without that it could not."""
    old = project_keys(home, database)
    blind = project_keys(home, database, reload=False)
    before = secrets_of(old, database)
    rotation.rotate(home.master, database, home.name)
    list(rotation.rewrap(database, opened(home, database), batch=100))
    assert secrets_of(old, database) == before
    with pytest.raises(IntegrityFailure):
        secrets_of(blind, database)


def test_a_wrapped_key_moved_to_another_term_does_not_open(database: Database, home: StoreKind) -> None:
    """The wrap binds its term: the same bytes under another term's number fail."""
    rotation.rotate(home.master, database, home.name)
    keyring = opened(home, database)
    with UnitOfWork(database) as uow:
        key = uow.project_keys.list_before(home.name, 2, 1)[0]
        assert uow.project_keys.rewrap(key, 2, key.wrapped)
        moved = next(k for k in uow.project_keys.list_before(home.name, 3, 100) if k.id == key.id)
        with pytest.raises(IntegrityFailure):
            keyring.unwrap(moved)


def test_a_key_that_another_process_rewrapped_is_left_as_it_is(database: Database, home: StoreKind) -> None:
    """Rewrapping is a compare-and-set on the term."""
    rotation.rotate(home.master, database, home.name)
    with UnitOfWork(database) as uow:
        key = uow.project_keys.list_before(home.name, 2, 1)[0]
        assert uow.project_keys.rewrap(key, 2, b"first")
        assert not uow.project_keys.rewrap(key, 2, b"second")


def test_the_rotation_of_one_store_leaves_the_others_alone(database: Database, home: StoreKind) -> None:
    """Each has terms of its own, by the same numbers, and keys of its own for the same projects."""
    other = StoreKind("another_store", FileMasterKey(random_key()))
    furnish(database, other)
    before = secrets_of(project_keys(other, database), database)
    assert before != secrets_of(project_keys(home, database), database)
    rotation.rotate(home.master, database, home.name)
    assert sum(rotation.rewrap(database, opened(home, database), batch=3)) == len(PROJECTS)
    assert counts(home, database) == [(1, 0), (2, len(PROJECTS))]
    assert counts(other, database) == [(1, len(PROJECTS))]
    assert secrets_of(project_keys(other, database), database) == before


def test_of_two_rotations_at_once_one_is_refused(
    database: Database, home: StoreKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has made the term while this one was about to; its term stays as it is."""
    seal_term = rotation.seal_term

    def after_another(*given: Any) -> bytes:
        monkeypatch.setattr(rotation, "seal_term", seal_term)
        assert rotation.rotate(home.master, database, home.name) == 2
        return seal_term(*given)

    monkeypatch.setattr(rotation, "seal_term", after_another)
    with pytest.raises(ConfigurationError, match=f"another rotation has just made term 2 of {home.name}"):
        rotation.rotate(home.master, database, home.name)
    assert opened(home, database).current == 2
