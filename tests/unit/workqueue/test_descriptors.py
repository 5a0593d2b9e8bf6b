"""Descriptors of folders and files: none is closed twice, or by a thread that does not use it."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from barbican_like.workqueue.faults import TransferFailed
from barbican_like.workqueue.protocols.file import FileStorage


def test_another_threads_close_leaves_the_root_to_its_own(tmp_path: Path) -> None:
    """Else the next call could find another file's number in its place."""
    site = FileStorage(tmp_path)
    thread = threading.Thread(target=site.close)
    thread.start()
    thread.join()
    assert list(site.scan(b"")) == []
    site.close()
    with pytest.raises(TransferFailed):
        site.stat(b"")


def test_a_file_whose_close_fails_is_not_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number may be another's by then."""
    site = FileStorage(tmp_path)
    writer = site.open_write(b"file", tag="t", replace=False)
    writer.write(b"content")
    real, failed = os.close, []

    def close(descriptor: int) -> None:
        real(descriptor)
        if not failed:
            failed.append(descriptor)
            raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "close", close)
    with pytest.raises(TransferFailed):
        writer.commit()
    monkeypatch.undo()
    writer.abort()
    another = os.open(tmp_path, os.O_RDONLY)
    writer.abort()
    os.fstat(another)
    os.close(another)
    site.close()
