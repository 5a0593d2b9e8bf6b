"""Values that parse and are their own JSON Schema: what they accept, and what they say of the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from barbican_like.common import clock
from barbican_like.common.errors import FieldNotSupported, SchemaMismatch
from barbican_like.http.schema import (
    Absent,
    Anything,
    Boolean,
    FutureTime,
    Integer,
    Listing,
    Mapped,
    Member,
    Nullable,
    Object,
    OneOf,
    Text,
    Time,
    Union,
    Value,
    Where,
    named,
    resolved,
    tag,
    tagged,
)

_PLACE = Where("Note", "x")


def fields(**members: Any) -> dict[str, Any]:
    """What was made of an object's members."""
    return members


def an_object(*members: Member, **more: Any) -> Object[dict[str, Any]]:
    return Object(title="Note", members=members, make=fields, **more)


def fault(value: Value[Any], given: object, where: Where = _PLACE) -> str:
    """The whole text of an error."""
    with pytest.raises(SchemaMismatch) as caught:
        value.parse(given, where)
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "given", "parsed"),
    [
        (Text(), "  a ", "a"),
        (Text(), "", ""),
        (Text(longest=3), "abc", "abc"),
        (Text(pattern="[a-z]+"), " abc ", "abc"),
        (Integer(least=1, most=5), 5.0, 5),
        (Boolean(), False, False),
        (OneOf(("a", "b")), "b", "b"),
        (Nullable(Text()), None, None),
        (Nullable(Text()), " a", "a"),
        (Listing(Integer(least=0, most=9)), [1, 2], (1, 2)),
        (Mapped(Text(), Boolean()), {" a": True}, {"a": True}),
        (FutureTime("When."), "2999-01-01T01:00+01:00", datetime(2999, 1, 1)),  # noqa: DTZ001
        (Time(), "2020-01-01T01:00+01:00", datetime(2020, 1, 1)),  # noqa: DTZ001
        (Anything(), [{"a": 1}], [{"a": 1}]),
        (FutureTime("When."), "  ", None),
        (FutureTime("When."), None, None),
    ],
)
def test_what_is_accepted_becomes_a_value(value: Value[Any], given: object, parsed: object) -> None:
    assert value.parse(given, _PLACE) == parsed


@pytest.mark.parametrize(
    ("value", "given", "reason"),
    [
        (Text(), 5, "x is not of type 'string'"),
        (Text(), None, "x is not of type 'string'"),
        (Text(), "a\0", "x holds a NUL character"),
        (Text(shortest=1), "  ", "x is too short: at least 1 characters are needed"),
        (Text(longest=3), "ab  ", "x is too long: at most 3 characters are allowed"),
        (Text(pattern="[a-z]+"), "a1", "x does not match [a-z]+"),
        (Integer(least=1, most=5), True, "x is not of type 'integer'"),
        (Integer(least=1, most=5), 1.5, "x is not of type 'integer'"),
        (Integer(least=1, most=5, exact=True), 5.0, "x is not of type 'integer'"),
        (Time(), "x", "Invalid date for 'x'"),
        (Time(), None, "x is not of type 'string'"),
        (Integer(least=1, most=5), 0, "x is out of range: 1 to 5"),
        (Integer(least=1, most=5), 6, "x is out of range: 1 to 5"),
        (Boolean(), 0, "x is not of type 'boolean'"),
        (OneOf(("a", "b")), " a", "x is not one of ['a', 'b']"),
        (OneOf(("a", "b")), ["a"], "x is not of type 'string'"),
        (Nullable(Text()), 5, "x is not of type 'string'"),
        (Listing(Boolean()), {}, "x is not of type 'array'"),
        (Listing(Boolean()), [True, 1], "x is not of type 'boolean'"),
        (Mapped(Text(), Boolean()), [], "x is not of type 'object'"),
        (FutureTime("When."), "x", "Invalid date for 'x'"),
        (FutureTime("When."), "9999-12-31T23:59-23:59", "Invalid date for 'x'"),
        (Absent("no x here"), None, "no x here"),
    ],
)
def test_what_is_refused_is_told_with_the_schema_and_the_field(
    value: Value[Any], given: object, reason: str
) -> None:
    expected = f"Provided object does not match schema 'Note': {reason}. Invalid property: 'x'"
    assert fault(value, given) == expected


def test_a_fault_says_the_whole_way_to_the_value() -> None:
    inner = an_object(Member("deep", Boolean(), required=True), closed=True)
    value = an_object(Member("list", Listing(an_object(Member("in", inner)))))
    good = {"in": {"deep": True}}

    def path(body: object) -> str:
        with pytest.raises(SchemaMismatch) as caught:
            value.parse(body)
        return caught.value.path

    assert path([]) == ""
    assert path({"list": 5}) == "list"
    assert path({"list": [good, 5]}) == "list.1"
    assert path({"list": [good, good, {"in": {"deep": 5}}]}) == "list.2.in.deep"
    assert path({"list": [{"in": {}}]}) == "list.0.in.deep"
    assert path({"list": [{"in": {"deep": True, "more": 1}}]}) == "list.0.in.more"


def test_a_fault_of_what_is_made_says_the_way_too() -> None:
    def make(**_: object) -> None:
        raise Where("Note", "b").fault("no")

    inner = Object(title="Note", members=(), make=make)
    with pytest.raises(SchemaMismatch) as caught:
        an_object(Member("a", inner)).parse({"a": {}})
    assert (caught.value.field, caught.value.path) == ("b", "a.b")


def test_this_very_moment_is_no_longer_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2030, 1, 1))  # noqa: DTZ001
    assert "'x' is before current time" in fault(FutureTime("When."), "2030-01-01")
    assert FutureTime("When.").parse("2030-01-01T00:00:00.000001", _PLACE) is not None


def test_an_object_gives_its_members_by_keyword_and_leaves_out_those_that_are_absent() -> None:
    value = an_object(
        Member("a", Text()),
        Member("a-b", Text(), into="ab"),
        Member("c", Text(), default="d"),
        Member("looked-at", Boolean(), kept=False),
    )
    assert value.parse({}) == {"c": "d"}
    assert value.parse({"a": "1", "a-b": "2", "c": "3", "looked-at": True, "unknown": 5}) == {
        "a": "1",
        "ab": "2",
        "c": "3",
    }


def test_an_object_names_the_member_that_is_wrong() -> None:
    value = an_object(Member("a", Text(), required=True), Member("b", Text(), required=True, missing="no b"))
    assert "'a' is a required property. Invalid property: 'a'" in fault(value, {})
    assert "'Note': no b. Invalid property: 'b'" in fault(value, {"a": ""})
    assert "b is not of type 'string'. Invalid property: 'b'" in fault(value, {"a": "", "b": 5})


def test_what_is_no_object_is_a_fault_of_the_whole_or_of_the_member_that_holds_it() -> None:
    inner = Object(title="Inner", members=(), make=fields)
    outer = an_object(Member("inner", inner))
    with pytest.raises(SchemaMismatch) as caught:
        outer.parse([])
    assert caught.value.message.endswith("'Note': the body is not of type 'object'. Invalid property: ''")
    with pytest.raises(SchemaMismatch) as caught:
        outer.parse({"inner": 5})
    assert caught.value.message.endswith("'Note': inner is not of type 'object'. Invalid property: 'inner'")


def test_a_closed_object_refuses_members_that_it_does_not_know() -> None:
    value = an_object(Member("a", Text()), closed=True)
    assert value.json_schema()["additionalProperties"] is False
    assert "only ['a'] are allowed here. Invalid property: 'b'" in fault(value, {"b": 2})
    both = fault(value, {"c": 1, "b": 2})
    assert "only ['a'] are allowed here, which rules out ['c'] too. Invalid property: 'b'" in both
    assert f"Invalid property: '{'b' * 255}'" in fault(value, {"b" * 300: 1})


def test_the_check_of_a_list_sees_the_whole() -> None:
    def distinct(elements: tuple[str, ...], where: Where) -> None:
        if len(set(elements)) < len(elements):
            raise where.fault("twice")

    value = Listing(Text(), check=distinct, unique=True)
    assert value.json_schema()["uniqueItems"] is True
    assert value.parse(["a", "b"], _PLACE) == ("a", "b")
    assert "'Note': twice. Invalid property: 'x'" in fault(value, ["a", " a"])


def test_a_word_in_a_member_tells_one_object_from_another() -> None:
    def case(word: str) -> Object[dict[str, Any]]:
        return an_object(tag("kind", word), Member(word, Text(), required=True))

    value = tagged(title="Note", by="kind", cases={"a": case("a"), "b": case("b")}, name="AOrB")
    assert value.parse({"kind": "b", "b": "1"}) == {"kind": "b", "b": "1"}
    assert "'a' is a required property" in fault(value, {"kind": "a", "b": "1"})
    for body in ({}, {"kind": "c"}):
        assert "kind is not one of ['a', 'b']. Invalid property: 'kind'" in fault(value, body)
    assert "the body is not of type 'object'" in fault(value, [], Where("Note"))


def test_any_other_sign_may_tell_them_apart() -> None:
    first, second = an_object(Member("a", Text())), an_object(Member("b", Text()))
    value = Union(
        title="Note", name="Sign", cases=(first, second), select=lambda body: first if "a" in body else second
    )
    assert value.parse({"a": " x", "b": " y"}) == {"a": "x"}
    assert value.parse({"b": " y"}) == {"b": "y"}


def test_an_absent_member_may_be_refused_with_another_error() -> None:
    with pytest.raises(FieldNotSupported, match=r"^no x$"):
        Absent("no x", error=FieldNotSupported).parse(5, _PLACE)


def test_an_object_is_shown_in_cases() -> None:
    value = an_object(Member("a", Text()), Member("b", Integer(least=0, most=9)))
    one = value.in_cases({"b": {"multipleOf": 2}})
    assert one.json_schema()["properties"]["b"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 9,
        "multipleOf": 2,
    }
    two = value.in_cases({"a": {"const": "x"}}, {"b": {"const": 5}}).json_schema()
    assert [case["properties"]["a"].get("const") for case in two["anyOf"]] == ["x", None]
    assert one.parse({"b": 3}) == {"b": 3}  # the rest is for make to refuse


def test_what_is_named_is_held_once_by_the_document() -> None:
    inner = named("Inner", {"type": "string"})
    components: dict[str, Any] = {}
    schema = an_object(Member("a", Listing(Text())), name="Outer").json_schema()
    assert resolved([schema, schema, inner], components) == [
        {"$ref": "#/components/schemas/Outer"},
        {"$ref": "#/components/schemas/Outer"},
        {"$ref": "#/components/schemas/Inner"},
    ]
    assert set(components) == {"Outer", "Inner"}
    with pytest.raises(LookupError, match="two schemas are named Inner"):
        resolved(named("Inner", {"type": "null"}), components)
