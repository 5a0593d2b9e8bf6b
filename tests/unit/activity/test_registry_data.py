"""What events say of things: clean values with their defaults, or an error that names the field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from barbican_like.activity.registry import data
from barbican_like.activity.registry.data import NewThing
from barbican_like.activity.registry.things import COMMON, THINGS, Thing, ThingKind, ThingType
from barbican_like.common import ids
from barbican_like.common.errors import SchemaMismatch
from tests.support.registry import ALICE, BOB, NODE, PROJECT, ROOT, SLICE, UPMC, urn, user

_MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001  as the database has it
WHOLE: dict[ThingType, dict[str, Any]] = {
    ThingType.USER: {
        "authority": UPMC,
        "first_name": "Alice",
        "last_name": "X",
        "email": "alice@example.org",
    },
    ThingType.AUTHORITY: {"name": "UPMC", "shortname": "upmc", "authority": ROOT},
    ThingType.PROJECT: {"name": "apitest", "description": "x", "authority": UPMC},
    ThingType.SLICE: {"project": PROJECT, "shortname": "first"},
    ThingType.RESOURCE: {"authority": UPMC, "name": "n1"},
    ThingType.LEASE: {"slice_id": SLICE, "resources": [NODE], "start_time": 10, "duration": 5},
}


def new(thing_type: ThingType, caller: Thing | None = None, **changes: Any) -> NewThing:
    return data.creation(THINGS[thing_type], WHOLE[thing_type] | changes, caller)


def thing_of(made: NewThing) -> Thing:
    return Thing(
        type=made.type,
        id=made.id,
        values=made.values,
        lists=made.lists,
        created_at=_MOMENT,
        updated_at=_MOMENT,
    )


def path_of(error: pytest.ExceptionInfo[SchemaMismatch]) -> str:
    return error.value.path


@pytest.mark.parametrize(
    ("thing_type", "name"),
    [
        (ThingType.USER, ALICE),
        (ThingType.AUTHORITY, UPMC),
        (ThingType.PROJECT, PROJECT),
        (ThingType.SLICE, SLICE),
        (ThingType.RESOURCE, NODE),
    ],
)
def test_what_is_needed_is_enough_and_makes_the_name(thing_type: ThingType, name: str) -> None:
    made = new(thing_type)
    assert made.id == name
    assert data.stored(thing_type, made.id, made.data) == made


def test_a_lease_is_named_by_a_fresh_uuid() -> None:
    one, other = new(ThingType.LEASE), new(ThingType.LEASE)
    assert ids.is_canonical(one.id)
    assert one.id != other.id


@pytest.mark.parametrize("kind", THINGS.values(), ids=lambda kind: kind.collection)
def test_every_required_property_is_asked_for_by_name(kind: ThingKind) -> None:
    for one in kind.properties:
        if one.required:
            for lacking in ({one.name: None}, {one.name: []} if one.is_list else {one.name: None}):
                with pytest.raises(SchemaMismatch, match="required") as error:
                    new(kind.type, **lacking)
                assert path_of(error) == one.name


@pytest.mark.parametrize("kind", THINGS.values(), ids=lambda kind: kind.collection)
def test_what_is_no_property_and_what_is_derived_is_refused_by_name(kind: ThingKind) -> None:
    """Passwords among it: there are none here."""
    unknown = ("password", "private_key", "hashing", "generate_keys", "reset_token", "x" * 300)
    thing = thing_of(new(kind.type))
    for name in (*unknown, *COMMON, *kind.derived):
        for attempt in (
            lambda name=name: new(kind.type, **{name: "x"}),
            lambda name=name: data.edit(kind, {name: "x"}, thing),
            lambda name=name: data.update(kind, {name: "x"}),
        ):
            with pytest.raises(SchemaMismatch) as error:
                attempt()
            assert path_of(error) == name[:255]
            assert "derived" in str(error.value) or name in unknown


@pytest.mark.parametrize(
    ("thing_type", "name", "value", "path"),
    [
        (ThingType.USER, "first_name", "", "first_name"),
        (ThingType.USER, "first_name", "  ", "first_name"),
        (ThingType.USER, "first_name", "x" * 1_001, "first_name"),
        (ThingType.USER, "first_name", "a\x00b", "first_name"),
        (ThingType.USER, "first_name", 1, "first_name"),
        (ThingType.USER, "email", "alice", "email"),
        (ThingType.USER, "email", "alice@a b", "email"),
        (ThingType.USER, "email", "a@b\r\nBcc: c@d", "email"),
        (ThingType.USER, "email", "a" * 250 + "@example.org", "email"),
        (ThingType.USER, "authority", "onelab", "authority"),
        (ThingType.USER, "authority", ALICE, "authority"),
        (ThingType.USER, "shortname", "a/b", "shortname"),
        (ThingType.USER, "shortname", "x" * 65, "shortname"),
        (ThingType.USER, "email", "日本@example.org", "shortname"),
        (ThingType.USER, "terms", "yes", "terms"),
        (ThingType.USER, "url", "javascript:alert(1)", "url"),
        (ThingType.USER, "url", "http://[", "url"),
        (ThingType.USER, "keys", "ssh-ed25519 AAAA", "keys"),
        (ThingType.USER, "keys", ["a", 1], "keys.1"),
        (ThingType.USER, "keys", ["-----BEGIN OPENSSH PRIVATE KEY-----\nx"], "keys.0"),
        (ThingType.USER, "keys", [str(number) for number in range(101)], "keys"),
        (ThingType.AUTHORITY, "pi_users", [ALICE, UPMC], "pi_users.1"),
        (ThingType.SLICE, "resources", [ALICE], "resources.0"),
        (ThingType.SLICE, "project", ["x"], "project"),
        (ThingType.RESOURCE, "available", 1, "available"),
        (ThingType.LEASE, "start_time", -1, "start_time"),
        (ThingType.LEASE, "start_time", 1.5, "start_time"),
        (ThingType.LEASE, "duration", True, "duration"),
        (ThingType.LEASE, "duration", 0, "duration"),
        (ThingType.LEASE, "duration", None, "duration"),
        (ThingType.LEASE, "end_time", 9, "end_time"),
        (ThingType.LEASE, "end_time", 16, "end_time"),
        (ThingType.LEASE, "slice_id", PROJECT, "slice_id"),
    ],
)
def test_an_unusable_value_is_refused_by_its_place(
    thing_type: ThingType, name: str, value: object, path: str
) -> None:
    with pytest.raises(SchemaMismatch) as error:
        new(thing_type, **{name: value})
    assert path_of(error) == path
    assert error.value.inside("data").inside("event").path == f"event.data.{path}"


@pytest.mark.parametrize("given", [None, [], "x", 1])
def test_data_that_are_no_object_are_refused(given: object) -> None:
    for kind in THINGS.values():
        for attempt in (data.creation, data.update, data.link_change):
            with pytest.raises(SchemaMismatch):
                attempt(kind, given)


def test_a_users_shortname_is_his_addresss_local_part() -> None:
    assert new(ThingType.USER, email="Al.ice+x@example.org").values["shortname"] == "Al.ice-x"
    assert new(ThingType.USER, shortname="me").id == user("me")


def test_a_project_is_the_callers_where_nothing_else_is_said() -> None:
    alice = thing_of(new(ThingType.USER))
    made = data.creation(THINGS[ThingType.PROJECT], {"name": "A B", "description": "x"}, alice)
    assert made.id == urn("onelab:upmc:A-B")
    assert made.values["authority"] == UPMC
    assert made.lists == {"pi_users": (ALICE,), "users": ()}
    other = new(ThingType.PROJECT, alice, authority=ROOT, pi_users=[BOB])
    assert (other.values["authority"], other.lists["pi_users"]) == (ROOT, (BOB,))
    with pytest.raises(SchemaMismatch) as error:
        data.creation(THINGS[ThingType.PROJECT], {"name": "x", "description": "x"})
    assert path_of(error) == "authority"


def test_an_authority_without_a_parent_is_a_root() -> None:
    assert new(ThingType.AUTHORITY, authority=None, shortname="onelab").id == ROOT


def test_a_name_that_would_be_too_long_is_refused() -> None:
    parent = urn(":".join(["a" * 60] * 3))
    with pytest.raises(SchemaMismatch, match="longer") as error:
        new(ThingType.AUTHORITY, authority=parent, shortname="b" * 60)
    assert path_of(error) == "shortname"


def test_blanks_around_and_repetitions_are_left_out() -> None:
    made = new(ThingType.USER, first_name=" Alice ", keys=["b", "a", "b "], bio=None)
    assert (made.values["first_name"], made.lists["keys"]) == ("Alice", ("b", "a"))
    assert "bio" not in made.values


def test_a_put_takes_any_property_and_tells_lists_apart() -> None:
    kind, slice_ = THINGS[ThingType.SLICE], thing_of(new(ThingType.SLICE))
    edit = data.edit(kind, {"label": "x", "users": [ALICE], "resources": None}, slice_)
    assert (edit.values, edit.lists) == ({"label": "x"}, {"users": (ALICE,), "resources": ()})
    assert data.edit(kind, {"shortname": "first", "name": None}, slice_).values == {"name": None}
    assert data.edit(kind, {}, slice_).lists == {}


@pytest.mark.parametrize(
    ("thing_type", "name", "value"),
    [
        (ThingType.SLICE, "shortname", "second"),
        (ThingType.LEASE, "slice_id", urn("onelab:upmc:apitest", "slice", "second")),
        (ThingType.LEASE, "resources", [urn("onelab", "node", "n9")]),
    ],
)
def test_what_is_fixed_when_a_thing_is_made_stays(thing_type: ThingType, name: str, value: object) -> None:
    kind, made = THINGS[thing_type], thing_of(new(thing_type))
    for attempt in (lambda: data.edit(kind, {name: value}, made), lambda: data.update(kind, {name: value})):
        with pytest.raises(SchemaMismatch, match="fixed") as error:
            attempt()
        assert path_of(error) == name
    assert data.edit(
        kind, {"resources": [NODE], "slice_id": SLICE} if made.type is ThingType.LEASE else {}, made
    )


def test_an_update_has_no_lists_no_nulls_of_what_is_required_and_something() -> None:
    kind = THINGS[ThingType.USER]
    assert data.update(kind, {"bio": None, "email": "a@b.c"}) == {"bio": None, "email": "a@b.c"}
    for given, path in (({"keys": []}, "keys"), ({"email": None}, "email"), ({}, "")):
        with pytest.raises(SchemaMismatch) as error:
            data.update(kind, given)
        assert path_of(error) == path
    with pytest.raises(SchemaMismatch):
        data.update(THINGS[ThingType.PROJECT], {"authority": None})
    assert data.update(THINGS[ThingType.AUTHORITY], {"authority": None}) == {"authority": None}


def test_a_link_change_is_one_value_or_several_of_a_type_in_any_case() -> None:
    kind = THINGS[ThingType.USER]
    one = data.link_change(kind, {"type": "key", "value": "xxxxxxx"})
    assert (one.of.name, one.values) == ("keys", ("xxxxxxx",))
    assert one.data == {"type": "KEY", "values": ["xxxxxxx"]}
    several = data.link_change(THINGS[ThingType.PROJECT], {"type": "PI", "values": [ALICE, BOB, ALICE]})
    assert (several.of.name, several.values) == ("pi_users", (ALICE, BOB))
    assert data.link_change(THINGS[ThingType.PROJECT], several.data) == several


@pytest.mark.parametrize(
    ("thing_type", "given", "path"),
    [
        (ThingType.USER, {"type": "PI", "value": ALICE}, "type"),
        (ThingType.USER, {"value": "x"}, "type"),
        (ThingType.USER, {"type": 1, "value": "x"}, "type"),
        (ThingType.LEASE, {"type": "RESOURCE", "value": NODE}, "type"),
        (ThingType.RESOURCE, {"type": "USER", "value": ALICE}, "type"),
        (ThingType.USER, {"type": "KEY"}, "values"),
        (ThingType.USER, {"type": "KEY", "value": "x", "values": ["y"]}, "values"),
        (ThingType.USER, {"type": "KEY", "values": []}, "values"),
        (ThingType.USER, {"type": "KEY", "values": ["x", ""]}, "values.1"),
        (ThingType.USER, {"type": "KEY", "value": 1}, "value"),
        (ThingType.USER, {"type": "KEY", "value": "x", "more": 1}, "more"),
        (ThingType.SLICE, {"type": "USER", "values": [ALICE, NODE]}, "values.1"),
    ],
)
def test_an_unusable_link_change_is_refused_by_its_place(
    thing_type: ThingType, given: dict[str, Any], path: str
) -> None:
    with pytest.raises(SchemaMismatch) as error:
        data.link_change(THINGS[thing_type], given)
    assert path_of(error) == path
