"""Names of things: read, composed and compared by component."""

from __future__ import annotations

import pytest

from barbican_like.activity.registry.urns import (
    BadUrn,
    Urn,
    UrnKind,
    below,
    is_at_or_above,
    parse,
    root,
    shortname_of,
)
from tests.support.registry import ALICE, NODE, PROJECT, ROOT, SLICE, UP, UPMC, user


@pytest.mark.parametrize(
    ("text", "urn", "hrn"),
    [
        (ROOT, Urn(("onelab",), UrnKind.AUTHORITY), "onelab"),
        (PROJECT, Urn(("onelab", "upmc", "apitest"), UrnKind.AUTHORITY), "onelab.upmc.apitest"),
        (ALICE, Urn(("onelab", "upmc"), UrnKind.USER, "alice"), "onelab.upmc.alice"),
        (SLICE, Urn(("onelab", "upmc", "apitest"), UrnKind.SLICE, "first"), "onelab.upmc.apitest.first"),
        (NODE, Urn(("onelab", "upmc"), UrnKind.NODE, "n1"), "onelab.upmc.n1"),
        (user("a.b", "x.y"), Urn(("x.y",), UrnKind.USER, "a.b"), r"x\.y.a\.b"),
    ],
)
def test_a_name_is_read_and_composed(text: str, urn: Urn, hrn: str) -> None:
    assert parse(text) == urn
    assert str(urn) == text
    assert urn.hrn == hrn


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "urn:publicid:IDN+a",
        "urn:publicid:IDN+a+user",
        "urn:publicid:IDN+a+user+b+c",
        "urn:publicid:idn+a+user+b",
        "urn:publicid:IDN++user+b",
        "urn:publicid:IDN+a:+user+b",
        "urn:publicid:IDN+a::b+user+c",
        "urn:publicid:IDN+a+user+",
        "urn:publicid:IDN+a+User+b",
        "urn:publicid:IDN+a+person+b",
        "urn:publicid:IDN+a+user+b c",
        "urn:publicid:IDN+a+user+b\n",
        "urn:publicid:IDN+ä+user+b",
        "urn:publicid:IDN+a+authority+b",
        "urn:publicid:IDN+a+user+" + "b" * 65,
        "urn:publicid:IDN+" + ":".join(["a" * 60] * 4) + "+user+b",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadUrn):
        parse(text)


def test_above_is_said_by_component_never_by_the_letters_that_a_name_begins_with() -> None:
    up, upmc = parse(UP), parse(UPMC)
    assert not is_at_or_above(up, upmc)
    assert not is_at_or_above(up, parse(ALICE))
    assert is_at_or_above(upmc, upmc)
    assert is_at_or_above(upmc, parse(ALICE))
    assert is_at_or_above(parse(ROOT), parse(SLICE))
    assert not is_at_or_above(parse(PROJECT), upmc)
    assert not is_at_or_above(parse(ALICE), parse(ALICE))


def test_a_name_is_made_below_another() -> None:
    assert str(root("onelab")) == ROOT
    assert str(below(parse(ROOT), UrnKind.AUTHORITY, "upmc")) == UPMC
    assert str(below(parse(UPMC), UrnKind.USER, "alice")) == ALICE
    assert str(below(parse(PROJECT), UrnKind.SLICE, "first")) == SLICE
    assert [parse(one).shortname for one in (UPMC, ALICE)] == ["upmc", "alice"]
    deep = Urn(("a" * 64, "b" * 64, "c" * 64), UrnKind.AUTHORITY)
    with pytest.raises(BadUrn, match="longer"):
        below(deep, UrnKind.AUTHORITY, "d" * 64)


def test_a_shortname_is_made_of_any_text() -> None:
    assert shortname_of("A project: Müller & Co") == "A-project-M-ller-Co"
    assert shortname_of("x" * 100) == "x" * 64
    assert shortname_of("日本") == ""
