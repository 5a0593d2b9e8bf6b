"""Paths: from what users write to bytes below a root, and back to what they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import TransferFailed
from barbican_like.workqueue.protocols.links import without_links


@pytest.mark.parametrize(
    ("given_path", "found"),
    [
        ("~", b"home/me"),
        ("~/x", b"home/me/x"),
        ("/~/x", b"home/me/x"),
        ("/~", b"home/me"),
        ("x/y", b"home/me/work/x/y"),
        ("/x", b"x"),
        ("/", b""),
        ("//x/./y//", b"x/y"),
        (".", b"home/me/work"),
        ("~x", b"home/me/work/~x"),
        ("x/~", b"home/me/work/x/~"),
        ("dir/", b"home/me/work/dir"),
    ],
)
def test_where_a_path_starts(given_path: str, found: bytes) -> None:
    assert paths.resolve(given_path, home="/home/me", default="~/work") == found


@pytest.mark.parametrize("bad", ["", "a/../b", "..", "/..", "a\x00b", "x" * 4097, "ä" * 2049])
def test_what_can_be_no_path(bad: str) -> None:
    with pytest.raises(paths.BadPath):
        paths.check(bad)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60))
def test_a_path_that_is_good_stays_below_the_root(text: str) -> None:
    try:
        paths.check(text)
    except paths.BadPath:
        return
    found = paths.resolve(text, home="/h", default="~")
    assert b".." not in found.split(b"/")
    assert not found.startswith(b"/")
    assert not found.endswith(b"/")
    assert paths.resolve(text + "/", home="/h", default="~") == found


def test_what_is_shown_keeps_what_was_given() -> None:
    assert paths.shown("~/a/", b"b/c") == "~/a/b/c"
    assert paths.shown("/", b"b") == "/b"
    assert paths.shown("~/a", b"") == "~/a"
    assert paths.shown("a", b"\xff") == "a/\ufffd"


@pytest.mark.parametrize(
    ("path", "part"),
    [(b"x", b".t.part"), (b"a/x", b"a/.t.part"), (b"/x", b"/.t.part"), (b"/a/x", b"/a/.t.part")],
)
def test_a_part_is_beside_its_file(path: bytes, part: bytes) -> None:
    assert paths.part_of(path, "t") == part


def links(**known: str):  # noqa: ANN201
    by_path = {path.replace("__", "/").encode(): target.encode() for path, target in known.items()}
    return by_path.get


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"a/b", b"a/b"),
        (b"up/x", b"a/x"),
        (b"a/rel/x", b"c/x"),
        (b"abs/x", b"a/x"),
        (b"chain", b"a"),
        (b"", b""),
    ],
)
def test_links_within_the_root_are_followed(path: bytes, found: bytes) -> None:
    look = links(up="./a", a__rel="../c", abs="/root/a", chain="up")
    assert without_links(path, look, b"/root") == found


@pytest.mark.parametrize("path", [b"out", b"abs", b"sly", b"loop", b"near"])
def test_links_that_lead_out_or_round_are_refused(path: bytes) -> None:
    look = links(out="../x", abs="/etc/passwd", sly="a/../../x", loop="loop", near="/rooted/x")
    with pytest.raises(TransferFailed) as failed:
        without_links(path, look, b"/root")
    assert failed.value.fault.code == "DENIED"
