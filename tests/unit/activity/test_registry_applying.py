"""What one event does to the registry, and what the feed is told of it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from barbican_like.activity.registry.applying import Change, apply
from barbican_like.activity.registry.faults import NameTaken, NoSuchThing, TimesUnfit, TooMany, Unfit
from barbican_like.activity.registry.memory import MemoryRegistry
from barbican_like.activity.registry.telling import Cause
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.common.notices import Notice
from tests.support.registry import (
    ALICE,
    BOB,
    CAROL,
    NODE,
    OTHER_NODE,
    PROJECT,
    ROOT,
    SLICE,
    UPMC,
    make_lease,
    populate,
    urn,
)

_ID = "2a549393-0710-444b-8aa5-84cf0f85ea79"


class Told(list[Notice]):
    """A registry with what was told of its changes."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = MemoryRegistry()
        populate(self.registry)

    def apply(self, action: Action, thing_type: ThingType, thing_id: str, **data: Any) -> bool:
        cause = Cause(event_id="e-1", actor=CAROL)
        change = Change(action=action, type=thing_type, id=thing_id, data=data, cause=cause)
        return apply(self.registry, change, self.append)

    def lines(self) -> list[tuple[str, str, str, str | None]]:
        return [(one.object, one.id, one.op, one.what) for one in self]


@pytest.fixture
def told() -> Told:
    """The things of the support module."""
    return Told()


def test_what_is_made_is_told_with_its_event_and_whom_it_concerns(told: Told) -> None:
    second = urn("onelab:upmc:apitest", "slice", "second")
    data = {"project": PROJECT, "shortname": "second", "users": [BOB]}
    assert told.apply(Action.CREATE, ThingType.SLICE, second, **data)
    (notice,) = told
    assert told.lines() == [("slice", second, "created", None)]
    assert (notice.event_id, notice.actor, notice.old, notice.new) == ("e-1", CAROL, None, "ACTIVE")
    assert notice.audience.above == (PROJECT, UPMC, ROOT)
    assert notice.audience.members == (ALICE, BOB)
    assert notice.snapshot["users"] == [ALICE, BOB]
    assert notice.snapshot["authority"] == UPMC


def test_a_users_row_has_neither_address_nor_login_for_its_readers(told: Told) -> None:
    assert told.apply(Action.UPDATE, ThingType.USER, ALICE, bio="x", login="other")
    (notice,) = told
    assert {"email", "login", "projects", "slices"} & notice.snapshot.keys() == set()
    assert notice.snapshot["bio"] == "x"
    assert (notice.audience.login, notice.audience.pi_of) == ("other", (PROJECT,))


def test_a_lists_change_is_told_by_its_name_and_one_that_changes_nothing_is_not(told: Told) -> None:
    for action in (Action.ADD, Action.ADD, Action.REMOVE, Action.REMOVE):
        told.apply(action, ThingType.PROJECT, PROJECT, type="PI", values=[BOB])
    assert told.lines() == [("project", PROJECT, "updated", "pi_users")] * 2
    assert [one.audience.pis for one in told] == [(ALICE, BOB), (ALICE,)]
    assert not told.apply(Action.UPDATE, ThingType.PROJECT, PROJECT, name="apitest")
    assert len(told) == 2


def test_whoever_goes_is_told_of_with_all_that_loses_him(told: Told) -> None:
    assert told.apply(Action.DELETE, ThingType.USER, ALICE)
    assert told.lines() == [
        ("user", ALICE, "deleted", None),
        ("project", PROJECT, "updated", None),
        ("slice", SLICE, "updated", None),
    ]
    assert (told[0].old, told[0].new) == ("ACTIVE", None)
    assert {one.event_id for one in told} == {"e-1"}


def test_a_slices_leases_are_told_to_go_before_it(told: Told) -> None:
    lease = make_lease(told.registry, 10, 20)
    told.apply(Action.DELETE, ThingType.SLICE, SLICE)
    assert told.lines() == [("lease", lease.id, "deleted", None), ("slice", SLICE, "deleted", None)]
    assert told[0].audience.members == (ALICE, BOB)


def test_a_lease_begins_when_it_is_made_unless_it_says_more(told: Told) -> None:
    before = int(time.time())
    told.apply(Action.CREATE, ThingType.LEASE, _ID, slice_id=SLICE, resources=[NODE], duration=60)
    lease = told.registry.find(_ID)
    assert lease is not None
    start = lease.values["start_time"]
    assert before <= start <= time.time()
    assert lease.values["end_time"] == start + 60
    told.apply(Action.UPDATE, ThingType.LEASE, _ID, duration=90)
    assert told[-1].snapshot["end_time"] == start + 90


def test_times_that_have_passed_meanwhile_never_heal(told: Told) -> None:
    with pytest.raises(TimesUnfit, match="end_time"):
        told.apply(Action.CREATE, ThingType.LEASE, _ID, slice_id=SLICE, resources=[OTHER_NODE], end_time=10)
    assert told == []


def test_what_cannot_be_is_one_kind_of_error_and_tells_nothing(told: Told) -> None:
    with pytest.raises(NoSuchThing):
        told.apply(Action.UPDATE, ThingType.USER, PROJECT, bio="x")
    with pytest.raises(NoSuchThing):
        told.apply(Action.DELETE, ThingType.SLICE, urn("a", "slice", "b"))
    with pytest.raises(NameTaken):
        told.apply(
            Action.CREATE, ThingType.SLICE, SLICE, project=PROJECT, shortname="first", users=[], resources=[]
        )
    with pytest.raises(Unfit, match="IDN\\+a\\+user\\+b"):
        told.apply(Action.ADD, ThingType.SLICE, SLICE, type="USER", values=[urn("a", "user", "b")])
    assert told == []


def test_a_list_has_a_bound_however_often_it_is_added_to(told: Told) -> None:
    def add(*keys: str) -> bool:
        return told.apply(Action.ADD, ThingType.USER, BOB, type="KEY", values=list(keys))

    keys = [f"ssh-ed25519 {number}" for number in range(100)]
    assert add(*keys)
    assert not add(*keys[:2])
    with pytest.raises(TooMany, match=f"{re.escape(BOB)} would have more keys than may be"):
        add(keys[0], "one more")
    bob = told.registry.find(BOB)
    assert bob is not None
    assert bob.lists["keys"] == tuple(keys)
    assert len(told) == 1
    assert told.apply(Action.REMOVE, ThingType.USER, BOB, type="KEY", values=keys[:1])
    assert add("one more")
