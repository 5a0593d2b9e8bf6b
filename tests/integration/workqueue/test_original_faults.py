"""What the original program got wrong; doc/source/transfer-promises.rst names the other tests of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.faults.waiting import wait_for
from tests.support.transfers import Mover

LARGE = 3 * 2**40  # bytes: far beyond 32 bits


def test_sizes_beyond_two_gibibytes_are_told_exactly(someone: Mover) -> None:
    """In a plan, in an element at work and in the job's sum."""
    src = someone.site("src", f"dummy://any/?files=2&size={LARGE}&rate=1000")
    dst = someone.site("dst", "dummy://any/")
    body = {"src_siteid": src, "dst_siteid": dst, "src_filepath": "a", "dst_filepath": "b"}
    plan = someone.done("/copy", **body, dry_run=True)
    output = someone.get(f"/jobs/{plan['id']}/elements/0/output")
    assert output["plan"]["bytes"] == 2 * LARGE
    job = someone.post("/copy", body)
    path = f"/jobs/{job['id']}"
    wait_for("all is found", lambda: someone.get(path)["bytes_total"] == 2 * LARGE, 30)
    assert someone.get(f"{path}/elements/2")["size"] == LARGE
    someone.post(f"{path}/cancel")
    assert someone.ended(job, 30)["status"] == "CANCELLED"


def test_one_file_that_cannot_be_copied_leaves_the_rest_of_its_batch_alone(someone: Mover) -> None:
    """Something else is in its way; the files before and behind it are copied."""
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    names = [f"{number:02}" for number in range(20)]
    for name in names:
        (source / name).write_text(name)
    (target / "new").mkdir()
    (target / "new/07").write_text("another")
    job = someone.failed("/copy", src_siteid=src, dst_siteid=dst, src_filepath="/", dst_filepath="new")
    assert (job["num_done"], job["num_failed"], job["error"]["code"]) == (20, 1, "EXISTS")
    found = {path.name: path.read_text() for path in (target / "new").iterdir()}
    assert found == {name: name for name in names} | {"07": "another"}


def test_one_odd_name_does_not_break_the_expansion(someone: Mover) -> None:
    """Each name that a file system takes is an element of its own."""
    src, source = someone.folder_site("src")
    dst, target = someone.folder_site("dst")
    names = [b"plain", b"\xff not UTF-8", b"line\nfeed", b"'\"$(id)`", b"-rf", b"a:b", b"\x1b[2J", b"~"]
    for name in names:
        (source / "tree").mkdir(exist_ok=True)
        path = bytes(source / "tree") + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123  a path of bytes
            file.write(name)
    job = someone.done("/copy", src_siteid=src, dst_siteid=dst, src_filepath="tree", dst_filepath="new")
    assert job["num_done"] == len(names) + 1
    assert {bytes(path.name, "utf-8", "surrogateescape") for path in (target / "new").iterdir()} == set(names)


@pytest.mark.parametrize("fails", [1, 2])
def test_a_job_with_tries_left_is_never_shown_as_failed(someone: Mover, fails: int) -> None:
    """Whatever is looked at while its elements fail and are tried again."""
    src = someone.site("src", f"dummy://any/?files=3&fail={fails}")
    dst = someone.site("dst", "dummy://any/")
    body = {"src_siteid": src, "dst_siteid": dst, "src_filepath": "a", "dst_filepath": "b", "max_tries": 3}
    job = someone.post("/copy", body)
    seen = set()

    def look() -> bool:
        status = someone.get(f"/jobs/{job['id']}/status")["status"]
        seen.add(status)
        return status in {"DONE", "FAILED", "CANCELLED"}

    wait_for("the job has ended", look, 60)
    assert seen <= {"SUBMITTED", "RUNNING", "DONE"}
    assert "DONE" in seen


def test_a_result_does_not_read_the_whole_job(someone: Mover) -> None:
    """A thousand elements are worked with fewer statements than there are elements, heartbeats and all."""
    dst = someone.site("dst", "dummy://any/", limits={"per_link": 1})
    src = someone.site("src", "dummy://any/?files=1000", limits={"per_link": 1})
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "transfer_" in statement:
            seen.append(statement)

    engines = someone.instance.runtime.database.engines()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        job = someone.post(
            "/copy", {"src_siteid": src, "dst_siteid": dst, "src_filepath": "a", "dst_filepath": "b"}
        )
        wait_for("it has ended", lambda: someone.job(job["id"]).has_ended, 60, pause=0.5)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    assert someone.job(job["id"]).counters.done == 1001
    assert len(seen) < 1000
