"""Elements at work in folders: what a try finds that follows one of which nobody knows how far it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from barbican_like.queue.run import Run
from barbican_like.workqueue.faults import ErrorCode, Fault, TransferFailed
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Element
from barbican_like.workqueue.options import Options
from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Reader, Writer
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.acting import Act, act
from barbican_like.workqueue.work.copying import Done
from barbican_like.workqueue.work.errand import Errand
from barbican_like.workqueue.work.undertaking import Undertaking

Acting = Callable[..., Done]


@pytest.fixture
def acting(tmp_path: Path) -> Acting:
    """Works an element on the folder, from ``old`` to ``new``."""

    def work(kind: JobType, number: int, *, storage: Any = None, **of: Any) -> Done:
        site = storage or FileStorage(tmp_path)
        known = {name: of.pop(name) for name in ("suspect", "error") if name in of}
        element = Element(job_id=1, id=1, type=kind, below=b"", **known)
        job: Any = SimpleNamespace(log_uid="uid")
        errand = Errand(job=job, options=Options.of(of), source=b"old", target=b"new", bandwidth=None)
        task: Any = SimpleNamespace()
        run = Run(task, PROCESS_TRANSFER_SLOT)
        undertaking = Undertaking(run, element, number, timeout=None, bandwidth=None)
        return act(Act(errand=errand, element=element, src=site, dst=None), undertaking)

    return work


LOST = TransferFailed.transient(ErrorCode.CONNECTION, "The connection was lost").fault
REFUSED = TransferFailed.permanent(ErrorCode.EXISTS, "there is one already").fault


@pytest.mark.parametrize(("error", "suspect"), [(LOST, False), (None, True)])
def test_a_rename_whose_answer_was_lost_is_done(
    acting: Acting, tmp_path: Path, error: Fault | None, suspect: bool
) -> None:
    (tmp_path / "new").write_text("x")
    assert acting(JobType.RENAME, 2, suspect=suspect, error=error).note == "it was renamed already"


@pytest.mark.parametrize("error", [REFUSED, None])
def test_a_rename_that_was_refused_is_not_taken_for_done(
    acting: Acting, tmp_path: Path, error: Fault | None
) -> None:
    """Although its source is gone by now, and something is at its target."""
    (tmp_path / "new").write_text("x")
    with pytest.raises(TransferFailed) as failed:
        acting(JobType.RENAME, 2, error=error)
    assert failed.value.fault.code == ErrorCode.NOT_FOUND


def test_a_first_rename_of_what_is_not_there_fails(acting: Acting, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("x")
    with pytest.raises(TransferFailed) as failed:
        acting(JobType.RENAME, 1)
    assert failed.value.fault.code == ErrorCode.NOT_FOUND


class Forgetful(FileStorage):
    """The first copy that is read back is another than was written."""

    is_wrong = True

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        reader = super().open_read(path, offset)
        if path == b"new" and self.is_wrong:
            self.is_wrong = False
            reader.read(1)
        return reader


def test_a_copy_that_is_another_makes_room_for_the_next_try(acting: Acting, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("content")
    site = Forgetful(tmp_path)
    with pytest.raises(TransferFailed) as failed:
        acting(JobType.COPY, 1, storage=site, verify="checksum")
    assert failed.value.fault.code == ErrorCode.CHECKSUM
    assert not (tmp_path / "new").exists()
    assert acting(JobType.COPY, 2, storage=site, verify="checksum").size == 7


class Overtaken(FileStorage):
    """Another writes a file in between."""

    other = b""

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        writer = super().open_write(path, tag=tag, replace=replace, size=size)
        first = super().open_write(path, tag="other", replace=replace)
        first.write(self.other)
        first.commit()
        return writer


def test_the_same_file_that_came_meanwhile_is_as_good(acting: Acting, tmp_path: Path) -> None:
    """As where the SDK of S3 repeats a PUT whose answer was lost, and is told that there is one."""
    (tmp_path / "old").write_text("content")
    site = Overtaken(tmp_path)
    site.other = b"content"
    done = acting(JobType.COPY, 1, storage=site, verify="checksum")
    assert (done.size, done.note) == (7, "the same file came there meanwhile")


@pytest.mark.parametrize("other", [b"another", b"longer than it"])
def test_another_file_that_came_meanwhile_is_left_alone(acting: Acting, tmp_path: Path, other: bytes) -> None:
    (tmp_path / "old").write_text("content")
    site = Overtaken(tmp_path)
    site.other = other
    with pytest.raises(TransferFailed) as failed:
        acting(JobType.COPY, 1, storage=site)
    assert failed.value.fault.code == ErrorCode.EXISTS
    assert (tmp_path / "new").read_bytes() == other
