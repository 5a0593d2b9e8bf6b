"""The walk of an expansion: sorted, and taken up again behind any place where it broke off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.port import Entry, Kind, Storage
from barbican_like.workqueue.work.expansion import walk

NAMES = st.binary(min_size=1, max_size=3).filter(paths.is_name)
TREES = st.recursive(
    st.none(), lambda below: st.dictionaries(NAMES, below, max_size=4), max_leaves=20
).filter(lambda tree: tree is not None)


class Tree(Storage):
    """A tree of dictionaries; a text is a fault of reading it."""

    stat = open_read = open_write = rename = remove_file = remove_dir = mkdir = copy = close = None  # type: ignore[assignment]

    def __init__(self, tree: Any) -> None:
        self._tree = tree

    def scan(self, path: bytes) -> Iterator[Entry]:
        found = self._tree
        for name in path.split(b"/") if path else ():
            found = found[name]
        if isinstance(found, TransferFailed):
            raise found
        for name, below in reversed(found.items()):
            yield Entry(name=name, kind=Kind.FILE if below is None else Kind.DIRECTORY)


Tree.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@given(TREES)
def test_it_goes_on_behind_any_place(tree: Any) -> None:
    """Whatever was visited last, the rest is what comes behind it, once each."""
    whole = [visit.below for visit in walk(Tree(tree), b"", follow=False)]
    assert len(set(whole)) == len(whole)
    assert whole == sorted(whole, key=lambda path: path.split(b"/"))
    for place, last in enumerate(whole):
        rest = [visit.below for visit in walk(Tree(tree), b"", follow=False, after=last)]
        assert rest == whole[place + 1 :]


def test_a_directory_that_cannot_be_read_is_told_and_the_rest_goes_on() -> None:
    denied = TransferFailed.permanent(ErrorCode.DENIED, "no")
    visits = list(walk(Tree({b"a": denied, b"b": None}), b"", follow=False))
    assert [(visit.below, visit.fault) for visit in visits] == [(b"a", denied), (b"b", None)]


def test_a_directory_that_may_be_read_later_breaks_it_off() -> None:
    away = TransferFailed.transient(ErrorCode.CONNECTION, "away")
    found = walk(Tree({b"a": None, b"b": away}), b"", follow=False)
    assert next(found).below == b"a"
    with pytest.raises(TransferFailed):
        next(found)


def test_names_that_no_path_can_have_are_faults_and_are_not_gone_into() -> None:
    """As a site may show them that wants to be copied to where its copies should not go."""
    odd: list[bytes] = [b"", b".", b"..", b"../../x", b"a/b", b"nul\x00"]
    tree = {name: {b"below": None} for name in odd} | {b"fine": None}
    found = {visit.below: visit.fault for visit in walk(Tree(tree), b"", follow=False)}
    assert {below for below, fault in found.items() if fault is None} == {b"fine"}
    assert {fault.fault.code for fault in found.values() if fault is not None} == {ErrorCode.BAD_NAME}
    assert len(found) == len(odd) + 1


class Twins(Tree):
    """A file beside each directory, of the same name, as buckets have them."""

    def scan(self, path: bytes) -> Iterator[Entry]:
        for entry in super().scan(path):
            yield entry
            if entry.kind is Kind.DIRECTORY:
                yield Entry(name=entry.name, kind=Kind.FILE)


@given(TREES)
def test_a_file_beside_a_directory_of_its_name_makes_a_walk_pass_nothing_over(tree: Any) -> None:
    """The path where it broke off is the same for both; the directory may be visited again."""
    whole = [(visit.below, visit.entry.kind) for visit in walk(Twins(tree), b"", follow=False)]
    assert len(set(whole)) == len(whole)
    for place, (last, _) in enumerate(whole):
        rest = [(one.below, one.entry.kind) for one in walk(Twins(tree), b"", follow=False, after=last)]
        assert set(whole[place + 1 :]) <= set(rest)
        assert set(rest) - set(whole[place + 1 :]) <= {(last, Kind.DIRECTORY)}
