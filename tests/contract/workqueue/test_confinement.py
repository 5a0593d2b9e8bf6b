"""A folder's links: none leads out of it, however it changes meanwhile."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Kind
from tests.contract.workqueue.test_storages import code_of, read, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site's folder, with a secret beside it and links to it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "inside").mkdir()
    (root / "inside/file").write_text("file")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to("../outside")
    (root / "in").symlink_to("inside")
    (root / "absolute").symlink_to(root / "inside")
    return root


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("link", ["out", "up"])
def test_what_lies_outside_is_neither_read_nor_written(root: Path, follow: bool, link: str) -> None:
    site = FileStorage(root, follow=follow)
    path = f"{link}/secret".encode()
    for act in (
        lambda: read(site, path),
        lambda: site.stat(path),
        lambda: list(site.scan(link.encode())),
        lambda: write(site, f"{link}/new".encode(), b"x"),
        lambda: site.mkdir(f"{link}/new".encode()),
        lambda: site.remove_file(path),
        lambda: site.rename(b"inside/file", f"{link}/file".encode(), tag="t", replace=True),
    ):
        assert code_of(act) in {ErrorCode.DENIED, ErrorCode.EXISTS}
    assert [path.name for path in (root.parent / "outside").iterdir()] == ["secret"]


def test_links_within_are_followed_where_that_is_wanted(root: Path) -> None:
    site = FileStorage(root, follow=True)
    assert read(site, b"in/file") == read(site, b"absolute/file") == b"file"
    assert site.stat(b"in").kind is Kind.DIRECTORY
    assert FileStorage(root).stat(b"in").kind is Kind.LINK


def test_removing_a_link_leaves_what_it_leads_to(root: Path) -> None:
    FileStorage(root).remove_file(b"out")
    assert not (root / "out").is_symlink()
    assert (root.parent / "outside/secret").exists()


def test_a_directory_that_is_swapped_for_a_link_meanwhile(root: Path) -> None:
    """Thousands of times while files are written below it: none comes to lie outside."""
    ended = threading.Event()
    (root / "spare").symlink_to(root.parent / "outside")

    def swap() -> None:
        numbers = random.Random(1)
        while not ended.is_set():
            # For so many calls it is itself: else both threads may go in step, and none is ever written.
            for _ in range(numbers.randrange(12)):
                (root / "inside").stat()
            (root / "inside").rename(root / "kept")
            (root / "spare").rename(root / "inside")
            (root / "inside").rename(root / "spare")
            (root / "kept").rename(root / "inside")

    swapping = threading.Thread(target=swap)
    swapping.start()
    site = FileStorage(root)
    written = 0
    try:
        for number in range(2000):
            try:
                write(site, b"inside/%d" % number, b"x")
                written += 1
            except TransferFailed:
                continue
    finally:
        ended.set()
        swapping.join()
    assert written > 0
    assert [path.name for path in (root.parent / "outside").iterdir()] == ["secret"]
