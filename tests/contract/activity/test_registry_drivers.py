"""What every driver of the registry does: looks, changes, and what it refuses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from barbican_like.activity.registry.faults import (
    Circle,
    InUse,
    LoginTaken,
    NameTaken,
    NoSuchThing,
    Overlap,
    UnknownTarget,
)
from barbican_like.activity.registry.memory import MemoryRegistry
from barbican_like.activity.registry.port import Registry, Relation, Wanted
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support import databases
from tests.support.registry import (
    ALICE,
    BOB,
    CAROL,
    NODE,
    OTHER_NODE,
    PROJECT,
    ROOT,
    SLICE,
    UP,
    UPMC,
    make,
    make_lease,
    make_user,
    populate,
    urn,
    user,
)


@pytest.fixture(params=[pytest.param("memory"), *databases.KINDS])
def registry(
    request: pytest.FixtureRequest, feed_database_of_kind: Callable[[str], Database]
) -> Iterator[Registry]:
    """A driver with the things of the support module; what a database has of them is rolled back."""
    if request.param == "memory":
        memory = MemoryRegistry()
        populate(memory)
        yield memory
        return
    with UnitOfWork(feed_database_of_kind(request.param)) as uow:
        kept = uow.of(RegistryRepo)
        populate(kept)
        yield kept


def ids(registry: Registry, thing_type: ThingType, **wanted: Any) -> list[str]:
    return [one.id for one in registry.page(thing_type, Wanted(**wanted), after="", limit=100)]


def one_of(*words: str) -> frozenset[str]:
    return frozenset(words)


def test_a_thing_is_found_as_it_was_made(registry: Registry) -> None:
    alice = registry.find(ALICE)
    assert alice is not None
    assert alice.type is ThingType.USER
    assert alice.values == {
        "authority": UPMC,
        "first_name": "Alice",
        "last_name": "X",
        "email": "alice@example.org",
        "shortname": "alice",
        "login": "alice-login",
    }
    assert alice.lists == {"keys": ("ssh-ed25519 AAAA alice",)}
    assert (alice.status, alice.created_at) == ("ACTIVE", alice.updated_at)
    found = registry.find(SLICE)
    assert found is not None
    assert found.lists == {"users": (ALICE, BOB), "resources": (NODE,)}
    assert registry.find(user("nobody")) is None


def test_several_come_in_order_without_those_that_are_not_there(registry: Registry) -> None:
    found = registry.several([SLICE, ALICE, user("nobody"), ALICE])
    assert [one.id for one in found] == sorted([SLICE, ALICE])
    assert list(registry.several([])) == []


def test_a_page_goes_on_behind_an_id(registry: Registry) -> None:
    first = registry.page(ThingType.USER, Wanted(), after="", limit=2)
    assert [one.id for one in first] == [CAROL, ALICE]
    rest = registry.page(ThingType.USER, Wanted(), after=first[-1].id, limit=2)
    assert [one.id for one in rest] == [BOB]


def test_a_list_is_narrowed_by_any_value_of_each_key(registry: Registry) -> None:
    assert ids(registry, ThingType.USER, authority=one_of(ROOT)) == [CAROL]
    assert ids(registry, ThingType.USER, shortname=one_of("bob", "carol")) == [CAROL, BOB]
    assert ids(registry, ThingType.USER, shortname=one_of("bob", "carol"), authority=one_of(UPMC)) == [BOB]
    assert ids(registry, ThingType.USER, status=one_of("ACTIVE"), project=one_of(PROJECT)) == [ALICE]
    assert ids(registry, ThingType.USER, project=one_of(SLICE, ROOT)) == []
    assert ids(registry, ThingType.USER, status=one_of("GONE")) == []
    assert ids(registry, ThingType.SLICE, project=one_of(PROJECT)) == [SLICE]
    assert ids(registry, ThingType.SLICE, authority=one_of(UPMC, ROOT)) == [SLICE]
    assert ids(registry, ThingType.SLICE, authority=one_of(UP)) == []
    assert ids(registry, ThingType.RESOURCE, project=one_of(PROJECT)) == []


def test_leases_are_narrowed_by_time_and_by_what_their_slice_is_under(registry: Registry) -> None:
    early, late = make_lease(registry, 100, 200), make_lease(registry, 300, 400)
    both = sorted([early.id, late.id])
    assert ids(registry, ThingType.LEASE, start=100, end=400) == both
    assert ids(registry, ThingType.LEASE, start=101) == [late.id]
    assert ids(registry, ThingType.LEASE, end=399) == [early.id]
    assert ids(registry, ThingType.LEASE, project=one_of(PROJECT), authority=one_of(UPMC)) == both
    assert ids(registry, ThingType.LEASE, authority=one_of(UP)) == []


def test_linked_things_are_found_both_ways(registry: Registry) -> None:
    lease = make_lease(registry, 100, 200)

    def linked(thing_type: ThingType, relation: Relation, known: str) -> list[str]:
        return ids(registry, thing_type, linked=((relation, known),))

    assert linked(ThingType.USER, Relation.UNDER, UPMC) == [ALICE, BOB]
    assert linked(ThingType.LEASE, Relation.UNDER, SLICE) == [lease.id]
    assert linked(ThingType.AUTHORITY, Relation.ABOVE, ALICE) == [UPMC]
    assert linked(ThingType.PROJECT, Relation.LISTS, ALICE) == [PROJECT]
    assert linked(ThingType.LEASE, Relation.LISTS, NODE) == [lease.id]
    assert linked(ThingType.USER, Relation.LISTED, SLICE) == [ALICE, BOB]
    assert linked(ThingType.RESOURCE, Relation.LISTED, SLICE) == [NODE]
    either = ((Relation.ABOVE, CAROL), (Relation.LISTS, CAROL))
    assert ids(registry, ThingType.AUTHORITY, linked=either) == [ROOT]


def test_projects_and_slices_are_seen_by_who_is_in_them_or_a_pi_over_them(registry: Registry) -> None:
    make_user(registry, "dan", UP)
    seen = {
        name: (ids(registry, ThingType.PROJECT, seen_by=name), ids(registry, ThingType.SLICE, seen_by=name))
        for name in (ALICE, BOB, CAROL, user("dan", "onelab:up"))
    }
    assert seen == {
        ALICE: ([PROJECT], [SLICE]),
        BOB: ([], [SLICE]),
        CAROL: ([PROJECT], [SLICE]),
        user("dan", "onelab:up"): ([], []),
    }
    assert ids(registry, ThingType.AUTHORITY, seen_by=BOB) == sorted([ROOT, UP, UPMC])


def test_users_are_found_by_login_and_by_address_in_any_case(registry: Registry) -> None:
    found = registry.by_login("alice-login")
    assert found is not None
    assert found.id == ALICE
    assert registry.by_login("Alice-Login") is None
    registry.update(BOB, {"login": ALICE})
    by_id, by_login = registry.user_of(ALICE), registry.user_of("alice-login")
    assert (by_id, by_login) == (found, found)
    assert registry.user_of(PROJECT) is None
    second = make_user(registry, "eve", UP, email="Alice@Example.org", shortname="second")
    assert [one.id for one in registry.by_email("ALICE@example.org")] == [second.id, ALICE]


def test_a_lineage_goes_up_to_the_root_with_the_pis_of_each(registry: Registry) -> None:
    found = registry.lineages([PROJECT, UP])
    assert [(one.id, set(one.pi_users)) for one in found[PROJECT]] == [
        (PROJECT, {ALICE}),
        (UPMC, set()),
        (ROOT, {CAROL}),
    ]
    assert [one.id for one in found[UP]] == [UP, ROOT]
    assert registry.lineages([]) == {}
    assert registry.pi_of(ALICE) == {PROJECT}
    assert registry.pi_of(BOB) == frozenset()


def test_derived_properties_name_what_the_looker_may_see(registry: Registry) -> None:
    lease = make_lease(registry, 100, 200)

    def derived(thing_id: str, seen_by: str | None = None) -> dict[str, Any]:
        return dict(registry.derived(registry.several([thing_id]), seen_by)[thing_id])

    assert derived(ALICE) == {"projects": (PROJECT,), "slices": (SLICE,), "pi_authorities": ()}
    assert derived(ALICE, BOB) == {"projects": (), "slices": (SLICE,), "pi_authorities": ()}
    assert derived(CAROL) == {"projects": (), "slices": (), "pi_authorities": (ROOT,)}
    assert derived(UPMC) == {"users": (ALICE, BOB), "projects": (PROJECT,)}
    assert derived(UPMC, BOB) == {"users": (ALICE, BOB), "projects": ()}
    assert derived(PROJECT) == {"slices": (SLICE,)}
    assert derived(SLICE) == {"authority": UPMC, "leases": (lease.id,)}
    assert derived(NODE) == {}
    assert registry.derived([], None) == {}


def test_a_name_is_taken_once_whatever_the_type(registry: Registry) -> None:
    """A project and an authority may not share one."""
    with pytest.raises(NameTaken):
        make_user(registry, "alice", login="alice-login")
    with pytest.raises(NameTaken):
        make(registry, ThingType.AUTHORITY, name="x", shortname="apitest", authority=UPMC)
    assert registry.find(PROJECT) is not None


def test_a_login_is_one_users_and_is_free_again_when_he_gives_it_up(registry: Registry) -> None:
    with pytest.raises(LoginTaken):
        make_user(registry, "dan", login="alice-login")
    with pytest.raises(LoginTaken):
        registry.update(BOB, {"login": "alice-login"})
    assert "login" not in registry.update(ALICE, {"login": None}).values
    assert registry.update(BOB, {"login": "alice-login"}).values["login"] == "alice-login"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda registry: make_user(registry, "dan", urn("onelab:none")),
        lambda registry: make_user(registry, "dan", PROJECT),
        lambda registry: registry.add(PROJECT, "users", [BOB, user("nobody")]),
        lambda registry: registry.add(SLICE, "resources", [urn("onelab", "node", "none")]),
        lambda registry: registry.update(ALICE, {"authority": PROJECT}),
    ],
)
def test_what_is_linked_to_must_be_there_and_of_its_type(
    registry: Registry, attempt: Callable[[Registry], object]
) -> None:
    with pytest.raises(UnknownTarget):
        attempt(registry)
    project = registry.find(PROJECT)
    assert project is not None
    assert project.lists["users"] == ()


def test_an_update_changes_what_it_names_and_null_takes_away(registry: Registry) -> None:
    before = registry.update(BOB, {"bio": "x", "url": "https://example.org"})
    after = registry.update(BOB, {"bio": None, "email": "Bob@example.com", "authority": UP})
    assert "bio" not in after.values
    assert after.values["url"] == "https://example.org"
    assert after.updated_at > before.updated_at
    assert [one.id for one in registry.by_email("bob@example.com")] == [BOB]
    assert ids(registry, ThingType.USER, authority=one_of(UP)) == [BOB]
    assert registry.update(BOB, {"email": "Bob@example.com"}) == after


def test_adding_and_removing_twice_is_as_once(registry: Registry) -> None:
    added = registry.add(PROJECT, "users", [BOB, BOB])
    assert added.lists["users"] == (BOB,)
    assert registry.add(PROJECT, "users", [BOB]) == added
    removed = registry.remove(PROJECT, "users", [BOB, ALICE])
    assert removed.lists["users"] == ()
    assert removed.lists["pi_users"] == (ALICE,)
    assert registry.remove(PROJECT, "users", [BOB]) == removed


def test_keys_stand_in_the_order_in_which_they_were_added(registry: Registry) -> None:
    registry.add(BOB, "keys", ["z", "a"])
    assert registry.add(BOB, "keys", ["a", "m"]).lists["keys"] == ("z", "a", "m")
    assert registry.remove(BOB, "keys", ["a", "none"]).lists["keys"] == ("z", "m")


def test_what_is_not_there_cannot_be_changed(registry: Registry) -> None:
    nobody = user("nobody")
    assert registry.lock(ALICE)
    assert not registry.lock(nobody)
    for attempt in (
        lambda: registry.update(nobody, {"bio": "x"}),
        lambda: registry.add(nobody, "keys", ["x"]),
        lambda: registry.remove(nobody, "keys", ["x"]),
        lambda: registry.delete(nobody),
    ):
        with pytest.raises(NoSuchThing):
            attempt()


def test_an_authority_is_never_under_itself(registry: Registry) -> None:
    for parent in (ROOT, UPMC):
        with pytest.raises(Circle):
            registry.update(ROOT, {"authority": parent})
    moved = registry.update(UPMC, {"authority": UP})
    assert [one.id for one in registry.lineages([PROJECT])[PROJECT]] == [PROJECT, UPMC, UP, ROOT]
    assert moved.id == UPMC


def test_no_two_leases_of_a_resource_overlap(registry: Registry) -> None:
    first = make_lease(registry, 100, 200, NODE)
    make_lease(registry, 100, 200, OTHER_NODE)
    make_lease(registry, 200, 300, NODE)
    for start, end in ((99, 101), (199, 201), (120, 130), (1, 1_000)):
        with pytest.raises(Overlap, match=NODE.replace("+", r"\+")):
            make_lease(registry, start, end, NODE)
    with pytest.raises(Overlap):
        registry.update(first.id, {"start_time": 150, "duration": 100, "end_time": 250})
    times = {"start_time": 90, "duration": 110, "end_time": 200}
    assert {name: registry.update(first.id, times).values[name] for name in times} == times


def test_what_others_are_under_cannot_be_removed(registry: Registry) -> None:
    for needed in (ROOT, UPMC, PROJECT):
        with pytest.raises(InUse):
            registry.delete(needed)
    now = int(time.time())
    lease = make_lease(registry, now, now + 3_600)
    with pytest.raises(InUse, match=lease.id):
        registry.delete(NODE)


def test_a_slice_goes_with_its_leases(registry: Registry) -> None:
    lease = make_lease(registry, 100, 200)
    removed = registry.delete(SLICE)
    assert (removed.thing.id, [one.id for one in removed.others]) == (SLICE, [lease.id])
    assert list(removed.changed) == []
    assert registry.find(lease.id) is None
    assert [registry.delete(one).thing.id for one in (NODE, PROJECT)] == [NODE, PROJECT]


def test_who_is_removed_is_out_of_every_list(registry: Registry) -> None:
    removed = registry.delete(ALICE)
    assert [one.id for one in removed.changed] == [PROJECT, SLICE]
    assert [one.lists.get("pi_users", one.lists["users"]) for one in removed.changed] == [(), (BOB,)]
    assert registry.find(ALICE) is None
    assert registry.by_login("alice-login") is None


def test_a_resource_whose_leases_have_ended_goes_out_of_them(registry: Registry) -> None:
    lease = make_lease(registry, 100, 200)
    removed = registry.delete(NODE)
    assert [(one.id, one.lists["resources"]) for one in removed.changed] == [
        (lease.id, ()),
        (SLICE, ()),
    ]
