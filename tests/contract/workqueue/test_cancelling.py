"""What waits of a cancelled job ends whatever its sites are busy with, on each database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.queue.run import Run
from barbican_like.queue.transport import NullWaker
from barbican_like.workqueue import service
from barbican_like.workqueue.baton import Baton
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Slot
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.work import cancelling
from barbican_like.workqueue.work.shift import Shift
from tests.contract.workqueue.test_reserving import expanded_job


@pytest.mark.parametrize("is_enabled", [False, True], ids=["disabled", "full"])
def test_all_that_waits_ends_without_a_connection(
    transfers: Database, monkeypatch: pytest.MonkeyPatch, *, is_enabled: bool
) -> None:
    """More than the request itself ends, while the site is disabled, or has no connection free."""
    monkeypatch.setattr(cancelling, "PAGE", 7)
    job_id = expanded_job(transfers)
    with UnitOfWork(transfers) as uow:
        job = uow.of(JobRepo).find(job_id)
        assert job is not None
        job = service.cancel(uow, TaskClient(NullWaker()), job)
        uow.commit()
    assert job.counters.cancelled == 7
    site: Any = SimpleNamespace(spec=SimpleNamespace(enabled=is_enabled))
    monkeypatch.setattr(Shift, "_sites", lambda _shift: (site, site))
    monkeypatch.setattr(Shift, "_let_in", lambda *_arguments: False)
    tools: Any = SimpleNamespace(database=transfers, baton=Baton())
    task: Any = SimpleNamespace()
    slot = Slot(src_siteid=job.src_siteid, dst_siteid=job.link_siteid, n=0)
    assert Shift(tools, Run(task, PROCESS_TRANSFER_SLOT), slot).work() > 0
    with Reading(transfers) as view:
        ended = view.of(JobRepo).find(job_id)
    assert ended is not None
    assert (ended.status, ended.counters.new) == ("CANCELLED", 0)
