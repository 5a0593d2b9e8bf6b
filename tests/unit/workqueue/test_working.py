"""A batch that is broken off: what of it may have been done."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from barbican_like.common.errors import ClaimLost
from barbican_like.queue.run import Run
from barbican_like.workqueue.baton import Baton, Hand
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Element
from barbican_like.workqueue.states import ElementStatus, JobType
from barbican_like.workqueue.work.working import Unfinished, Worker


def test_what_was_broken_off_is_given_back_as_perhaps_done() -> None:
    """As a rename whose answer did not come before its connection was ended; what was not begun is not."""
    nothing: Any = SimpleNamespace()
    run = Run(nothing, PROCESS_TRANSFER_SLOT)

    def broken_off(_job: object) -> None:
        run.interrupt(ClaimLost)
        raise TransferFailed.transient(ErrorCode.CONNECTION, "The connection was closed")

    heart: Any = SimpleNamespace(watching=contextlib.nullcontext)
    connections: Any = SimpleNamespace(occasion=SimpleNamespace(), of=broken_off, forget=lambda: None)
    site: Any = SimpleNamespace(spec=SimpleNamespace(resolve=str.encode, bandwidth=None))
    job: Any = SimpleNamespace(extra_opts={}, src_filepath="a", dst_filepath="b")
    batch = [
        Element(job_id=1, id=number, type=JobType.RENAME, below=b"", status=ElementStatus.SUBMITTED)
        for number in (1, 2)
    ]
    with pytest.raises(Unfinished) as broken:
        Worker(nothing, run, heart, connections, (site, site), hand=Hand(Baton())).work(job, batch)
    assert [(one.status, one.suspect) for one in broken.value.results] == [
        (ElementStatus.NEW, True),
        (ElementStatus.NEW, False),
    ]
