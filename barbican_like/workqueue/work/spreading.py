"""More slots for a link whose elements wait: as many as may be, and no more than there is work for."""

from __future__ import annotations

from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Job, Site, Slot
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.repository.slots import SlotRepo


def wake(uow: UnitOfWork, client: TaskClient, slot: Slot) -> None:
    """Let a slot be worked, whether or not it is there."""
    uow.of(SlotRepo).make_slot(slot)
    client.ensure(uow, PROCESS_TRANSFER_SLOT, slot.id)


def wake_free(uow: UnitOfWork, client: TaskClient, src_siteid: int, link_siteid: int) -> None:
    """Let the first slot of a link be worked that is not at work; the very first where all are.

    So a new job does not wait for whatever large file or long walk a slot is busy with.
    """
    most = uow.of(SiteRepo).per_link(src_siteid, link_siteid)
    slots = [Slot(src_siteid=src_siteid, dst_siteid=link_siteid, n=n) for n in range(most)]
    wake(uow, client, next((slot for slot in slots if not _is_at_work(uow, slot)), slots[0]))


def spread(
    uow: UnitOfWork, client: TaskClient, job: Job, sites: tuple[Site, Site], *, most: int | None = None
) -> None:
    """Let those slots of a job's link be worked that have no task, or rest.

    :param most: slots; None: as many as the sites allow.
    """
    waiting = job.counters.new + job.counters.submitted
    allowed = min(site.spec.per_link for site in sites)
    for n in range(1, min(allowed, waiting, most or allowed)):
        slot = Slot(src_siteid=job.src_siteid, dst_siteid=job.link_siteid, n=n)
        task = uow.tasks.find(PROCESS_TRANSFER_SLOT.name, slot.id)
        # One that is claimed or ready is left alone: it comes by itself, and its row may be locked.
        if task is None or task.status is TaskStatus.SCHEDULED:
            wake(uow, client, slot)


def _is_at_work(uow: UnitOfWork, slot: Slot) -> bool:
    task = uow.tasks.find(PROCESS_TRANSFER_SLOT.name, slot.id)
    return task is not None and task.status is TaskStatus.CLAIMED
