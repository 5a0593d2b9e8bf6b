"""More slots for a link whose elements wait: as many as may be, and no more than there is work for."""

from __future__ import annotations

from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Job, Site, Slot
from barbican_like.workqueue.repository.slots import SlotRepo


def wake(uow: UnitOfWork, client: TaskClient, slot: Slot) -> None:
    """Let a slot be worked, whether or not it is there."""
    uow.of(SlotRepo).make_slot(slot)
    client.ensure(uow, PROCESS_TRANSFER_SLOT, slot.id)


def spread(uow: UnitOfWork, client: TaskClient, job: Job, sites: tuple[Site, Site]) -> None:
    """Let those slots of a job's link be worked that have no task, or rest."""
    waiting = job.counters.new + job.counters.submitted
    most = min(site.spec.per_link for site in sites)
    for n in range(1, min(most, waiting)):
        slot = Slot(src_siteid=job.src_siteid, dst_siteid=job.link_siteid, n=n)
        task = uow.tasks.find(PROCESS_TRANSFER_SLOT.name, slot.id)
        # One that is claimed or ready is left alone: it comes by itself, and its row may be locked.
        if task is None or task.status is TaskStatus.SCHEDULED:
            wake(uow, client, slot)
