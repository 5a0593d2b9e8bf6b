"""What waits for a credential goes on once there is another."""

from __future__ import annotations

from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue.models import Slot
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.repository.turns import TurnRepo
from barbican_like.workqueue.work.spreading import wake


def wake_unauthorised(uow: UnitOfWork, client: TaskClient, site_id: int, project_id: str) -> None:
    """Let a project's elements go on at once that wait for a credential of a site."""
    jobs = uow.of(JobRepo)
    found = jobs.waiting_at(site_id, project_id)
    # All tasks before the first job: in the order in which slots lock them.
    for src, dst in sorted({(job.src_siteid, job.link_siteid) for job in found}):
        wake(uow, client, Slot(src_siteid=src, dst_siteid=dst, n=0))
    for job in sorted(found, key=lambda one: one.id):
        if uow.of(TurnRepo).lock(job.id) is not None and uow.of(ElementRepo).wake_unauthorised(job.id):
            jobs.change(job.id, wake_at=None)
