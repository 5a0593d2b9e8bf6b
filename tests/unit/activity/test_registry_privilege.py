"""Who may change, see and decide, by what is stored."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from barbican_like.activity.registry import privilege
from barbican_like.activity.registry.memory import MemoryRegistry
from barbican_like.activity.registry.privilege import (
    Caller,
    Standing,
    ends,
    for_admins,
    may_change,
    may_decide,
    may_see,
    may_see_event,
    may_see_private,
)
from barbican_like.activity.registry.standing import caller_of, ends_of, standing_of
from barbican_like.activity.registry.things import THINGS, Thing, ThingType
from tests.support.registry import (
    ALICE,
    BOB,
    CAROL,
    NODE,
    PROJECT,
    ROOT,
    SLICE,
    UP,
    UPMC,
    make_lease,
    make_user,
    populate,
    user,
)

DAN = user("dan", "onelab:up")
PEOPLE = ("admin", CAROL, ALICE, BOB, DAN, "stranger")


@pytest.fixture
def registry() -> MemoryRegistry:
    """The things of the support module; Dan is the PI of UP, whose name UPMC's begins with."""
    kept = MemoryRegistry()
    populate(kept)
    make_user(kept, "dan", UP)
    kept.add(UP, "pi_users", [DAN])
    return kept


def caller(registry: MemoryRegistry, user_id: str | None) -> Caller:
    return caller_of(registry, user_id, is_admin=user_id == "admin")


def thing(registry: MemoryRegistry, thing_id: str) -> Thing:
    found = registry.find(thing_id)
    assert found is not None
    return found


def at(registry: MemoryRegistry, *thing_ids: str | None) -> Sequence[Standing]:
    found = ends_of(registry, thing_ids)
    assert found is not None
    return found


def test_a_caller_is_a_user_by_id_before_by_login(registry: MemoryRegistry) -> None:
    registry.update(BOB, {"login": ALICE})
    assert caller(registry, ALICE).urn == ALICE
    assert caller(registry, "alice-login").urn == ALICE
    assert caller(registry, "stranger") == Caller(login="stranger", user=None, is_admin=False)
    assert caller(registry, PROJECT).urn is None
    names = [caller(registry, one).name for one in ("alice-login", "stranger", None)]
    assert names == [ALICE, "stranger", None]


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        (ALICE, ("admin", CAROL, ALICE)),
        (CAROL, ("admin", CAROL)),
        (ROOT, ("admin", CAROL)),
        (UPMC, ("admin", CAROL)),
        (UP, ("admin", CAROL, DAN)),
        (PROJECT, ("admin", CAROL, ALICE)),
        (SLICE, ("admin", CAROL, ALICE, BOB)),
        (NODE, ("admin", CAROL)),
    ],
)
def test_a_thing_is_changed_by_its_own_user_its_members_and_pis_over_it(
    registry: MemoryRegistry, changed: str, may: tuple[str, ...]
) -> None:
    """The PI of UP has no say in UPMC."""
    found = [one for one in PEOPLE if may_change(caller(registry, one), at(registry, changed))]
    assert found == list(may)


def test_a_lease_is_its_slices(registry: MemoryRegistry) -> None:
    lease = make_lease(registry, 1, 2)
    found = [one for one in PEOPLE if may_change(caller(registry, one), at(registry, lease.id))]
    assert found == ["admin", CAROL, ALICE, BOB]


@pytest.mark.parametrize(
    ("thing_type", "parent", "may"),
    [
        (ThingType.USER, {"authority": UPMC}, ("admin", CAROL)),
        (ThingType.AUTHORITY, {"authority": UP}, ("admin", CAROL, DAN)),
        (ThingType.AUTHORITY, {}, ("admin",)),
        (ThingType.PROJECT, {"authority": UPMC}, ("admin", CAROL)),
        (ThingType.SLICE, {"project": PROJECT}, ("admin", CAROL, ALICE)),
        (ThingType.RESOURCE, {"authority": UPMC}, ("admin", CAROL)),
        (ThingType.LEASE, {"slice_id": SLICE}, ("admin", CAROL, ALICE, BOB)),
    ],
)
def test_a_thing_is_made_by_pis_of_what_it_is_to_be_under(
    registry: MemoryRegistry, thing_type: ThingType, parent: dict[str, str], may: tuple[str, ...]
) -> None:
    standings = at(registry, *ends(THINGS[thing_type], None, parent))
    assert [one for one in PEOPLE if may_change(caller(registry, one), standings)] == list(may)


def test_a_move_asks_at_both_ends(registry: MemoryRegistry) -> None:
    kind, alice = THINGS[ThingType.USER], thing(registry, ALICE)
    moves = ends(kind, alice, {"authority": UP})
    assert moves == (ALICE, UP)
    assert ends(kind, alice, {"authority": UPMC, "bio": "x"}) == (ALICE,)
    found = [one for one in PEOPLE if may_change(caller(registry, one), at(registry, *moves))]
    assert found == ["admin", CAROL]
    to_root = ends(THINGS[ThingType.AUTHORITY], thing(registry, UPMC), {"authority": None})
    assert to_root == (UPMC, None)
    assert [one for one in PEOPLE if may_change(caller(registry, one), at(registry, *to_root))] == ["admin"]
    assert ends_of(registry, (ALICE, user("nobody"))) is None


def test_privilege_follows_stored_rows_and_not_names(registry: MemoryRegistry) -> None:
    """A project that has moved under UP is UP's, whatever its name begins with."""
    registry.update(PROJECT, {"authority": UP})
    assert may_change(caller(registry, DAN), at(registry, PROJECT, SLICE))
    registry.update(PROJECT, {"authority": ROOT})
    assert not may_change(caller(registry, DAN), at(registry, PROJECT))


def test_deciding_takes_more_than_being_concerned_and_never_reaches_ones_own(
    registry: MemoryRegistry,
) -> None:
    def deciders(requester: str | None, *ids: str) -> list[str]:
        standings = at(registry, *ids)
        return [one for one in PEOPLE if may_decide(caller(registry, one), standings, requester)]

    assert deciders("someone", SLICE) == ["admin", CAROL, ALICE]
    assert deciders(ALICE, SLICE) == ["admin", CAROL]
    assert deciders(CAROL, SLICE) == ["admin", ALICE]
    assert deciders("admin", SLICE) == [CAROL, ALICE]
    assert deciders(BOB, BOB) == ["admin", CAROL]
    assert deciders(None, ALICE, UP) == ["admin", CAROL]
    registry.update(CAROL, {"login": "carol-login"})
    assert not may_decide(caller(registry, "carol-login"), at(registry, SLICE), "carol-login")
    assert not may_decide(caller(registry, "carol-login"), at(registry, SLICE), CAROL)


def test_projects_and_slices_are_seen_by_members_and_pis_over_them_and_the_rest_by_all(
    registry: MemoryRegistry,
) -> None:
    def seers(thing_id: str) -> list[str]:
        standing = standing_of(registry, thing(registry, thing_id))
        return [one for one in PEOPLE if may_see(caller(registry, one), standing)]

    assert seers(PROJECT) == ["admin", CAROL, ALICE]
    assert seers(SLICE) == ["admin", CAROL, ALICE, BOB]
    registry.add(PROJECT, "users", [BOB])
    assert seers(PROJECT) == ["admin", CAROL, ALICE, BOB]
    lease = make_lease(registry, 1, 2)
    assert {tuple(seers(one)) for one in (ALICE, UPMC, NODE, lease.id)} == {PEOPLE}
    assert not may_see(caller(registry, None), standing_of(registry, thing(registry, SLICE)))


def test_an_event_is_seen_by_its_user_pis_over_its_object_and_admins(registry: MemoryRegistry) -> None:
    standing = standing_of(registry, thing(registry, SLICE))

    def seers(event_user: str | None) -> list[str]:
        return [one for one in PEOPLE if may_see_event(caller(registry, one), event_user, standing)]

    assert seers(DAN) == ["admin", CAROL, ALICE, DAN]
    assert seers("stranger") == ["admin", CAROL, ALICE, "stranger"]
    assert seers(None) == ["admin", CAROL, ALICE]
    assert not may_see_event(caller(registry, None), None, standing)


def test_an_address_is_seen_by_its_user_pis_over_him_and_admins(registry: MemoryRegistry) -> None:
    standing = standing_of(registry, thing(registry, ALICE))
    found = [one for one in PEOPLE if may_see_private(caller(registry, one), ALICE, standing)]
    assert found == ["admin", CAROL, ALICE]


def test_a_login_is_for_admins_to_set() -> None:
    assert for_admins(ThingType.USER, {"bio": "x", "login": None}) == "login"
    assert for_admins(ThingType.USER, {"bio": "x"}) is None
    assert privilege.ADMINS_ALONE.pis == frozenset()
