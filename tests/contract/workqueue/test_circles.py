"""Links that lead in a circle: where links are followed, the walk ends all the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.work.expansion import Visit, walk
from tests.contract.workqueue.test_storages import over_ssh

MOST = 100


@pytest.fixture(params=["FILE", "SFTP"])
def following(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A site where links are followed."""
    (tmp_path / "top/d/e").mkdir(parents=True)
    (tmp_path / "top/d/file").write_text("x")
    (tmp_path / "other").mkdir()
    opened: Storage
    if request.param == "FILE":
        opened = FileStorage(tmp_path, follow=True)
    else:
        opened = over_ssh(request.getfixturevalue("sshd"), tmp_path, follow=True)
    yield opened
    opened.close()


def told(visits: Iterator[Visit]) -> dict[str, str | None]:
    """What was visited, and why not gone into."""
    return {
        visit.below.decode(): None if visit.fault is None else visit.fault.fault.reason
        for visit in islice(visits, MOST)
    }


def test_links_to_directories_they_are_in_are_faults(following: Storage, tmp_path: Path) -> None:
    """To itself, to one above it, and by way of another; but what is no circle is gone into twice."""
    top = tmp_path / "top"
    for name in ("a", "b"):
        (top / name).symlink_to(".")
    (top / "d/e/out").symlink_to("../../../other")
    (tmp_path / "other/back").symlink_to("../top/d")
    (top / "twice").symlink_to("d/e")
    (top / "up").symlink_to("..")
    circle = "links lead in a circle"
    found = told(walk(following, b"top", follow=True))
    assert found == {
        "a": f"top/a: {circle}",
        "b": f"top/b: {circle}",
        "d": None,
        "d/e": None,
        "d/e/out": None,
        "d/e/out/back": f"top/d/e/out/back: {circle}",
        "d/file": None,
        "twice": None,
        "twice/out": None,
        "twice/out/back": f"top/twice/out/back: {circle}",
        "up": f"top/up: {circle}",
    }
    order = list(found)
    for place, last in enumerate(order):
        rest = told(walk(following, b"top", follow=True, after=last.encode()))
        assert list(rest) == order[place + 1 :]


def test_a_directory_alone_is_listed_with_links_as_what_they_lead_to(
    following: Storage, tmp_path: Path
) -> None:
    (tmp_path / "top/a").symlink_to(".")
    assert told(walk(following, b"top", follow=True, deep=False)) == {"a": None, "d": None}
