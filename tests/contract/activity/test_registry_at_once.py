"""Several change the registry at once, on every database: each rule holds as if they had come one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from barbican_like.activity.registry.faults import (
    Circle,
    InUse,
    LoginTaken,
    NameTaken,
    Overlap,
    Unfit,
    UnknownTarget,
)
from barbican_like.activity.registry.port import Wanted
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.registry import (
    ALICE,
    BOB,
    NODE,
    OTHER_NODE,
    PROJECT,
    UP,
    UPMC,
    make,
    make_lease,
    make_user,
    populate,
)
from tests.support.threads import at_once

_WRITERS = 4


@pytest.fixture
def registry(feed: Database) -> Database:
    """A database with the things of the support module."""
    with UnitOfWork(feed) as uow:
        populate(uow.of(RegistryRepo))
        uow.commit()
    return feed


def outcomes(database: Database, change: Callable[[RegistryRepo, int], object]) -> list[str]:
    """What came of one change by each of the writers; a deadlock is tried again, as tasks are."""
    found = [""] * _WRITERS

    def work(number: int) -> None:
        while not found[number]:
            try:
                with UnitOfWork(database) as uow:
                    change(uow.of(RegistryRepo), number)
                    uow.commit()
                found[number] = "done"
            except Unfit as error:
                found[number] = type(error).__name__
            except Overloaded:
                continue

    at_once(_WRITERS, work)
    return sorted(found)


def test_of_leases_that_overlap_one_is_made(registry: Database) -> None:
    found = outcomes(registry, lambda kept, number: make_lease(kept, 100 + number, 200, NODE, OTHER_NODE))
    assert found == [Overlap.__name__] * 3 + ["done"]


def test_of_two_with_one_name_one_is_made(registry: Database) -> None:
    assert outcomes(registry, lambda kept, _: make_user(kept, "dan")) == [NameTaken.__name__] * 3 + ["done"]


def test_of_two_with_one_login_one_gets_it(registry: Database) -> None:
    found = outcomes(registry, lambda kept, number: make_user(kept, f"u{number}", login="the-login"))
    assert found == [LoginTaken.__name__] * 3 + ["done"]


def test_adding_one_value_at_once_adds_it_once(registry: Database) -> None:
    assert outcomes(registry, lambda kept, _: kept.add(PROJECT, "users", [BOB])) == ["done"] * 4
    assert outcomes(registry, lambda kept, number: kept.add(BOB, "keys", [f"k{number}"])) == ["done"] * 4
    with Reading(registry) as view:
        bob, project = view.of(RegistryRepo).several([BOB, PROJECT])
    assert project.lists["users"] == (BOB,)
    assert sorted(bob.lists["keys"]) == ["k0", "k1", "k2", "k3"]


def test_no_circle_is_closed_from_two_sides(registry: Database) -> None:
    def move(kept: RegistryRepo, number: int) -> object:
        return kept.update(*((UP, {"authority": UPMC}) if number % 2 else (UPMC, {"authority": UP})))

    assert set(outcomes(registry, move)) == {Circle.__name__, "done"}
    with Reading(registry) as view:
        lines = view.of(RegistryRepo).lineages([UP, UPMC])
    assert sorted(len(line) for line in lines.values()) == [2, 3]


def test_nothing_is_put_under_what_is_being_removed(registry: Database) -> None:
    def change(kept: RegistryRepo, number: int) -> object:
        return kept.delete(UP) if number == 0 else make_user(kept, f"u{number}", UP)

    found = outcomes(registry, change)
    assert found in ([InUse.__name__] + ["done"] * 3, [UnknownTarget.__name__] * 3 + ["done"])
    with Reading(registry) as view:
        kept = view.of(RegistryRepo)
        users = kept.page(ThingType.USER, Wanted(authority=frozenset({UP})), after="", limit=10)
        assert (kept.find(UP) is None) == (len(users) == 0)


def test_who_is_removed_is_in_no_list_whoever_adds_him(registry: Database) -> None:
    def change(kept: RegistryRepo, number: int) -> object:
        return kept.delete(ALICE) if number == 0 else kept.add(PROJECT, "users", [ALICE])

    assert set(outcomes(registry, change)) <= {"done", UnknownTarget.__name__}
    with Reading(registry) as view:
        (project,) = view.of(RegistryRepo).several([PROJECT])
    assert (project.lists["users"], project.lists["pi_users"]) == ((), ())


def test_what_is_refused_leaves_the_rest_of_the_transaction(registry: Database) -> None:
    """A handler writes the end of its event after that."""
    with UnitOfWork(registry) as uow:
        kept = uow.of(RegistryRepo)
        with pytest.raises(NameTaken):
            make_user(kept, "bob")
        make(kept, ThingType.AUTHORITY, name="x", shortname="x")
        uow.commit()
    with Reading(registry) as view:
        assert len(view.of(RegistryRepo).page(ThingType.AUTHORITY, Wanted(), after="", limit=9)) == 4
