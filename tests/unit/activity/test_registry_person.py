"""A reader of the feed in the registry: what passing rows make of him."""

from __future__ import annotations

from dataclasses import replace

import pytest

from barbican_like.activity.registry import telling
from barbican_like.activity.registry.memory import MemoryRegistry
from barbican_like.activity.registry.person import Person, person_of
from barbican_like.activity.registry.standing import caller_of
from barbican_like.activity.registry.things import THINGS
from barbican_like.common.notices import CREATED, DELETED, UPDATED, Audience
from tests.support.registry import ALICE, BOB, PROJECT, ROOT, SLICE, UPMC, populate


@pytest.fixture
def registry() -> MemoryRegistry:
    """The things of the support module."""
    kept = MemoryRegistry()
    populate(kept)
    return kept


def person(registry: MemoryRegistry, user_id: str | None, *, is_admin: bool = False) -> Person:
    caller = caller_of(registry, user_id, is_admin=is_admin)
    pi_of = frozenset[str]() if caller.urn is None else registry.pi_of(caller.urn)
    return person_of(caller, pi_of, reads=True)


def audience(registry: MemoryRegistry, thing_id: str) -> Audience:
    found = registry.find(thing_id)
    assert found is not None
    return telling.about(registry, found, UPDATED).audience


def after(registry: MemoryRegistry, reader: Person, thing_id: str, op: str = UPDATED) -> Person:
    """What the reader is once a row about a thing as it now is has passed."""
    found = registry.find(thing_id)
    assert found is not None
    audience = telling.about(registry, found, UPDATED).audience
    return reader.after(THINGS[found.type].collection, thing_id, op, audience)


def test_he_sees_what_he_is_in_or_over(registry: MemoryRegistry) -> None:
    readers = [person(registry, one) for one in (ALICE, BOB, None)]
    seen = [[one.sees(audience(registry, thing)) for thing in (PROJECT, SLICE)] for one in readers]
    assert seen == [[True, True], [False, True], [False, False]]
    assert person(registry, None, is_admin=True).sees(audience(registry, SLICE))


def test_he_becomes_a_pi_and_is_none_any_more_as_the_rows_say(registry: MemoryRegistry) -> None:
    bob, project = person(registry, BOB), audience(registry, PROJECT)
    registry.add(UPMC, "pi_users", [BOB])
    promoted = after(registry, bob, UPMC)
    assert (bob.sees(project), promoted.sees(project)) == (False, True)
    assert after(registry, promoted, UPMC) == promoted
    assert after(registry, promoted, ROOT) == promoted
    registry.remove(UPMC, "pi_users", [BOB])
    assert after(registry, promoted, UPMC) == bob


def test_what_is_gone_has_no_pi(registry: MemoryRegistry) -> None:
    alice = after(registry, person(registry, ALICE), PROJECT, DELETED)
    assert not alice.is_over(audience(registry, PROJECT))


def test_a_login_makes_him_somebody_with_all_that_this_user_is(registry: MemoryRegistry) -> None:
    stranger = person(registry, "bob-login")
    registry.add(PROJECT, "pi_users", [BOB])
    assert after(registry, stranger, PROJECT) == stranger
    registry.update(BOB, {"login": "bob-login"})
    known = after(registry, stranger, BOB)
    assert (known.urn, known.sees(audience(registry, PROJECT))) == (BOB, True)
    registry.update(BOB, {"login": "another"})
    assert after(registry, known, BOB) == stranger


def test_his_own_id_counts_before_any_login(registry: MemoryRegistry) -> None:
    alice = person(registry, ALICE)
    registry.update(BOB, {"login": ALICE})
    assert after(registry, alice, BOB) == alice
    gone = after(registry, alice, ALICE, DELETED)
    assert gone.urn is None
    assert after(registry, gone, ALICE, CREATED).urn == ALICE


def test_rows_of_others_change_nothing(registry: MemoryRegistry) -> None:
    bob = person(registry, BOB)
    assert after(registry, bob, ALICE) == bob
    assert after(registry, bob, SLICE) == bob
    of_a_secret = replace(audience(registry, PROJECT), pis=(BOB,))
    assert bob.after("secrets", "x", CREATED, of_a_secret) == bob
