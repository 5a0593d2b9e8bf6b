"""Waiting elements of jobs that their users have ended, a page at a time; this needs no connection."""

from __future__ import annotations

from typing import Final

from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.workqueue import telling
from barbican_like.workqueue.models import Job, Slot
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.slots import SlotRepo
from barbican_like.workqueue.repository.turns import TurnRepo

PAGE: Final = 1000


def cancel_page(uow: UnitOfWork, job: Job) -> Job:
    """End some of a job's waiting elements; its row is locked."""
    ended = uow.of(ElementRepo).cancel_waiting(job.id, PAGE)
    return uow.of(TurnRepo).cancel(job, ended)


def cancel_some(database: Database, slot: Slot) -> bool:
    """End some of those of a link, whatever its slots are busy with; False when there are none."""
    with Reading(database) as view:
        job_id = view.of(SlotRepo).find_cancelled(slot)
    if job_id is None:
        return False
    with UnitOfWork(database) as uow:
        job = uow.of(TurnRepo).lock(job_id)
        if job is not None:
            cancel_page(uow, job)
            telling.of_moves(uow)
        uow.commit()
    return True
