"""Jobs between folders: each verb does what it says, and its elements tell of it."""

from __future__ import annotations

import pytest

from tests.support.transfers import Mover


def test_a_file_is_copied_byte_for_byte(someone: Mover) -> None:
    """To exactly the destination, whose parents are made; size, checksum and attempts are told."""
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    (source / "file1.txt").write_bytes(b"one" * 100_000)
    job = someone.done(
        "/copy", src_siteid=src, dst_siteid=dst, src_filepath="file1.txt", dst_filepath="deep/er/file2.txt"
    )
    assert (target / "deep/er/file2.txt").read_bytes() == b"one" * 100_000
    assert (job["num_elements"], job["bytes_total"], job["bytes_done"]) == (2, 300_000, 300_000)
    child = someone.get(f"/jobs/{job['id']}/elements/1")
    assert (child["type"], child["status"], child["attempts"], child["size"]) == ("COPY", "DONE", 1, 300_000)
    assert child["checksum"].startswith("sha256:")


def test_a_tree_is_copied_below_the_destination(someone: Mover) -> None:
    """Each file below it, an empty directory as one."""
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    (source / "dir/sub").mkdir(parents=True)
    (source / "dir/empty").mkdir()
    for name in ("dir/a", "dir/b", "dir/sub/c"):
        (source / name).write_text(name)
    someone.done("/copy", src_siteid=src, dst_siteid=dst, src_filepath="/~/dir", dst_filepath="new")
    found = {
        str(path.relative_to(target)): path.read_text() if path.is_file() else None
        for path in target.rglob("*")
    }
    assert found == {
        "new": None,
        "new/a": "dir/a",
        "new/b": "dir/b",
        "new/sub": None,
        "new/sub/c": "dir/sub/c",
        "new/empty": None,
    }


def test_an_empty_directory_is_copied_as_one(someone: Mover) -> None:
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    (source / "empty").mkdir()
    someone.done("/copy", src_siteid=src, dst_siteid=dst, src_filepath="empty", dst_filepath="also/empty")
    assert list((target / "also/empty").iterdir()) == []


def test_a_listing_says_what_there_is(someone: Mover) -> None:
    src, source = someone.folder_site("src")
    (source / "d").mkdir()
    (source / "f").write_text("12345")
    job = someone.done("/list", src_siteid=src, src_filepath="~")
    listing = someone.get(f"/jobs/{job['id']}/elements/0")["listing"]
    assert [(one["name"], one["st_size"]) for one in listing["~"]] == [("d", 0), ("f", 5)]
    output = someone.get(f"/jobs/{job['id']}/output")
    assert output[0]["listing"] == listing
    assert output[0]["status"] == "DONE"


def test_a_tree_is_removed_files_first(someone: Mover) -> None:
    src, source = someone.folder_site("src")
    for name in ("t/a/b/c", "t/a/d", "t/e"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    (source / "t/link").symlink_to("/etc")
    job = someone.done("/remove", src_siteid=src, src_filepath="t")
    assert list(source.iterdir()) == []
    assert job["num_elements"] == 8


def test_rename_and_mkdir(someone: Mover) -> None:
    src, source = someone.folder_site("src")
    (source / "old").write_text("x")
    someone.done("/rename", src_siteid=src, src_filepath="old", dst_filepath="some/new")
    assert (source / "some/new").read_text() == "x"
    someone.done("/mkdir", src_siteid=src, src_filepath="~/one/two")
    assert (source / "one/two").is_dir()


def test_links_that_lead_in_a_circle_fail_and_the_rest_is_copied(someone: Mover) -> None:
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    (source / "d").mkdir()
    (source / "d/fine").write_text("fine")
    for name in ("a", "b"):
        (source / "d" / name).symlink_to(".")
    job = someone.failed(
        "/copy",
        src_siteid=src,
        dst_siteid=dst,
        src_filepath="d",
        dst_filepath="e",
        extra_opts={"symlinks": "follow"},
    )
    assert (job["num_failed"], job["num_done"]) == (2, 2)
    assert (job["error"]["code"], job["error"]["reason"]) == ("DENIED", "d/a: links lead in a circle")
    assert (target / "e/fine").read_text() == "fine"


@pytest.mark.parametrize("name", ["link", "folder"])
@pytest.mark.parametrize("verb", ["remove", "rename"])
def test_a_link_goes_and_not_what_it_leads_to(someone: Mover, verb: str, name: str) -> None:
    """Also where the job says that links are followed: that is for what is listed and copied."""
    src, source = someone.folder_site("src")
    (source / "keep").mkdir()
    (source / "keep/precious").write_text("precious")
    (source / "link").symlink_to("keep/precious")
    (source / "folder").symlink_to("keep")
    target = {"dst_filepath": "new"} if verb == "rename" else {}
    someone.done(f"/{verb}", src_siteid=src, src_filepath=name, extra_opts={"symlinks": "follow"}, **target)
    assert (source / "keep/precious").read_text() == "precious"
    assert not (source / name).is_symlink()
    assert (source / "new").is_symlink() == (verb == "rename")


@pytest.mark.parametrize(
    ("there", "action"), [("abc", "skip"), ("xyz", "overwrite"), ("longer", "overwrite")]
)
def test_a_plan_says_what_would_be_done_about_what_is_there(someone: Mover, there: str, action: str) -> None:
    """The same size alone does not make it the same file."""
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    (source / "f").write_text("abc")
    (target / "f").write_text(there)
    job = someone.done(
        "/copy",
        src_siteid=src,
        dst_siteid=dst,
        src_filepath="f",
        dst_filepath="f",
        dry_run=True,
        extra_opts={"overwrite": "if-different"},
    )
    plan = someone.get(f"/jobs/{job['id']}/elements/0/output")["plan"]
    assert [one["action"] for one in plan["elements"]] == [action]
    assert (target / "f").read_text() == there
