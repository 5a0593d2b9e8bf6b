"""Rotation of the keyring, on every database."""

from collections.abc import Iterator

import pytest

from barbican_like.common.errors import IntegrityFailure
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.crypto import rotation
from barbican_like.plugin.crypto.envelope import random_key
from barbican_like.plugin.crypto.keyring import Keyring, ensure_first_term
from barbican_like.plugin.crypto.master_key import FileMasterKey
from barbican_like.plugin.crypto.project_keys import ProjectKeys

PROJECTS = [f"project-{number}" for number in range(7)]


@pytest.fixture
def master(database: Database) -> FileMasterKey:
    """A master key whose keyring has its first term, and a key for each project under it."""
    key = FileMasterKey(random_key())
    with UnitOfWork(database) as uow:
        ensure_first_term(key, uow)
        uow.commit()
    keys = project_keys(key, database)
    with UnitOfWork(database) as uow:
        for project in PROJECTS:
            keys.active(uow, project)
        uow.commit()
    return key


def opened(master: FileMasterKey, database: Database) -> Keyring:
    with Reading(database) as view:
        return Keyring.open(master, view.projects.deployment_id(), view.keyring_terms.all())


def project_keys(master: FileMasterKey, database: Database, *, reload: bool = True) -> ProjectKeys:
    again = (lambda: opened(master, database)) if reload else None
    return ProjectKeys(opened(master, database), size=0, ttl=0, reload=again)


def counts(database: Database) -> list[tuple[int, int]]:
    with Reading(database) as view:
        return list(view.project_keys.count_by_term())


def secrets_of(keys: ProjectKeys, database: Database) -> list[bytes]:
    with UnitOfWork(database) as uow:
        return [keys.active(uow, project).key.secret for project in PROJECTS]


def test_a_new_term_wraps_new_keys_and_leaves_the_others_alone(
    database: Database, master: FileMasterKey
) -> None:
    """After a rotation a new project's key is under the new term, every other under its old one."""
    assert rotation.rotate(master, database) == 2
    with UnitOfWork(database) as uow:
        made = project_keys(master, database).active(uow, "newcomer")
        uow.commit()
    assert made.row.term == 2
    assert counts(database) == [(1, len(PROJECTS)), (2, 1)]


def test_rewrapping_brings_every_key_under_the_new_term_unchanged(
    database: Database, master: FileMasterKey
) -> None:
    """Rewrapping goes in batches, ends with no row of the old term, and changes no key itself."""
    before = secrets_of(project_keys(master, database), database)
    rotation.rotate(master, database)
    assert list(rotation.rewrap(database, opened(master, database), batch=3)) == [3, 3, 1]
    assert counts(database) == [(1, 0), (2, len(PROJECTS))]
    assert secrets_of(project_keys(master, database), database) == before


def test_a_broken_off_rewrapping_goes_on_where_it_stopped(database: Database, master: FileMasterKey) -> None:
    """What one run has done, the next does not do again."""
    rotation.rotate(master, database)
    keyring = opened(master, database)
    broken_off: Iterator[int] = rotation.rewrap(database, keyring, batch=2)
    assert next(broken_off) == 2
    assert sum(rotation.rewrap(database, keyring, batch=2)) == len(PROJECTS) - 2


def test_a_process_that_began_before_the_rotation_opens_what_was_wrapped_since(
    database: Database, master: FileMasterKey
) -> None:
    """A running process loads a term that it meets for the first time; without that it could not."""
    old = project_keys(master, database)
    blind = project_keys(master, database, reload=False)
    before = secrets_of(old, database)
    rotation.rotate(master, database)
    list(rotation.rewrap(database, opened(master, database), batch=100))
    assert secrets_of(old, database) == before
    with pytest.raises(IntegrityFailure):
        secrets_of(blind, database)


def test_a_wrapped_key_moved_to_another_term_does_not_open(database: Database, master: FileMasterKey) -> None:
    """The wrap binds its term: the same bytes under another term's number fail."""
    rotation.rotate(master, database)
    keyring = opened(master, database)
    with UnitOfWork(database) as uow:
        key = uow.project_keys.list_before(2, 1)[0]
        assert uow.project_keys.rewrap(key, 2, key.wrapped)
        moved = next(k for k in uow.project_keys.list_before(3, 100) if k.id == key.id)
        with pytest.raises(IntegrityFailure):
            keyring.unwrap(moved)


def test_a_key_that_another_process_rewrapped_is_left_as_it_is(
    database: Database, master: FileMasterKey
) -> None:
    """Rewrapping is a compare-and-set on the term."""
    rotation.rotate(master, database)
    with UnitOfWork(database) as uow:
        key = uow.project_keys.list_before(2, 1)[0]
        assert uow.project_keys.rewrap(key, 2, b"first")
        assert not uow.project_keys.rewrap(key, 2, b"second")
