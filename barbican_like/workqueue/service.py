"""What is done with jobs, whoever asks: made, cancelled, tried again, removed. Knows no HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from barbican_like.common import clock, ids
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.common.notices import CREATED, DELETED, UPDATED
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue import telling
from barbican_like.workqueue.models import Counters, Element, Job, Slot
from barbican_like.workqueue.outputs import Outputs
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobRepo, Owner
from barbican_like.workqueue.repository.keys import KeyRepo
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.repository.turns import TurnRepo
from barbican_like.workqueue.states import JOB_MOVES, ElementStatus, JobProtocol, JobStatus, JobType
from barbican_like.workqueue.work.cancelling import cancel_page
from barbican_like.workqueue.work.spreading import wake, wake_free

_KEY_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What a request asks for, checked."""

    type: JobType
    src_siteid: int
    src_filepath: str
    dst_siteid: int | None
    dst_filepath: str | None
    protocol: JobProtocol
    extra_opts: Mapping[str, Any]
    priority: int
    max_tries: int
    dry_run: bool
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An Idempotency-Key, with a digest of the request that has it."""

    name: str
    digest: str

    @classmethod
    def of(cls, name: str, path: str, body: object) -> Key:
        """The key of a request."""
        whole = orjson.dumps([path, body], option=orjson.OPT_SORT_KEYS)
        return cls(name=name, digest=hashlib.sha256(whole).hexdigest())


def find_by_key(uow: UnitOfWork, owner: Owner, key: Key) -> Job | None:
    """The job that a request with this key has made; None where none has.

    :raises Conflict: when that was another request.
    """
    found = uow.of(KeyRepo).find(owner, key.name, since=clock.now() - _KEY_LIFE)
    if found is None:
        return None
    digest, job_id = found
    job = uow.of(JobRepo).find(job_id)
    if digest != key.digest:
        raise Conflict("The Idempotency-Key was used for another request")
    if job is None:
        raise Conflict("The Idempotency-Key was used for a job that was removed since")
    return job


def submit(uow: UnitOfWork, client: TaskClient, owner: Owner, new: NewJob, key: Key | None) -> Job:
    """Write a job with its element 0, and let its link's first slot be worked.

    :raises NotFound: when one of its sites was removed meanwhile.
    """
    link = new.dst_siteid if new.type is JobType.COPY and new.dst_siteid is not None else new.src_siteid
    # Task, then site, then job: in the order in which slots lock them.
    wake_free(uow, client, new.src_siteid, link)
    if not uow.of(SiteRepo).lock(new.src_siteid, link):
        raise NotFound("Not Found. Site not found.")
    if key is not None and (known := find_by_key(uow, owner, key)) is not None:
        return known  # a request beside this one was faster
    now = clock.now()
    job = _add(uow, _new_job(owner, new, link, now), new.not_before)
    if key is not None:
        uow.of(KeyRepo).add(owner, key.name, key.digest, job.id, expired=now - _KEY_LIFE)
    telling.of_job(uow, job, CREATED)
    return job


def _add(uow: UnitOfWork, new: Job, not_before: datetime | None) -> Job:
    jobs = uow.of(JobRepo)
    jobs.enter(new.project_id)
    job = jobs.add(new, not_before)
    first = JobType.MKDIR if job.type is JobType.MKDIR else JobType.LIST
    jobs.add_element(Element(job_id=job.id, id=0, type=first, below=b"", max_tries=job.max_tries), not_before)
    return job


def _new_job(owner: Owner, new: NewJob, link: int, now: datetime) -> Job:
    return Job(
        id=0,
        project_id=owner.project_id,
        user_id=owner.user_id,
        type=new.type,
        src_siteid=new.src_siteid,
        dst_siteid=new.dst_siteid,
        link_siteid=link,
        src_filepath=new.src_filepath,
        dst_filepath=new.dst_filepath,
        protocol=new.protocol,
        extra_opts=new.extra_opts,
        priority=new.priority,
        max_tries=new.max_tries,
        dry_run=new.dry_run,
        log_uid=ids.new_id(),
        status=JobStatus.SUBMITTED,
        cancel_requested=False,
        expanded=False,
        cursor=None,
        next_element=1,
        counters=Counters(new=1),
        bytes_total=0,
        bytes_done=0,
        created_at=now,
        updated_at=now,
    )


def cancel(uow: UnitOfWork, client: TaskClient, job: Job) -> Job:
    """End a job: what waits soon, what is at work within seconds. One that has ended stays as it is."""
    wake(uow, client, Slot(src_siteid=job.src_siteid, dst_siteid=job.link_siteid, n=0))
    held = _held(uow, job)
    if held.has_ended:
        return held
    uow.of(JobRepo).change(held.id, cancel_requested=True)
    ended = cancel_page(uow, _held(uow, held))
    telling.of_job(uow, ended, UPDATED, "cancel", before=held.status)
    return ended


def retry(uow: UnitOfWork, client: TaskClient, job: Job) -> Job:
    """Let what has failed or was cancelled begin anew.

    :raises Conflict: when the job is unfinished, or nothing of it has failed.
    """
    wake_free(uow, client, job.src_siteid, job.link_siteid)
    held = _held(uow, job)
    if not JOB_MOVES.permits(held.status, JobStatus.SUBMITTED) or not held.has_ended:
        raise Conflict(f"The job is {held.status}: only one that is FAILED or CANCELLED can be tried again")
    elements = uow.of(ElementRepo)
    first = elements.get(held.id, 0)
    number = elements.retry(held.id, held.max_tries)
    counters = held.counters
    changed = Counters(new=counters.new + number, done=counters.done)
    uow.of(JobRepo).change(
        held.id,
        status=JobStatus.SUBMITTED,
        cancel_requested=False,
        expanded=first.status is ElementStatus.DONE,
        waiting=number,
        wake_at=None,
        num_new=changed.new,
        num_failed=0,
        num_cancelled=0,
    )
    changed_job = _held(uow, held)
    telling.of_job(uow, changed_job, UPDATED, "retry", before=held.status)
    return changed_job


def delete(uow: UnitOfWork, outputs: Outputs, job: Job) -> None:
    """Remove a job with its elements and outputs.

    :raises Conflict: when it is unfinished.
    """
    held = _held(uow, job)
    if not held.has_ended:
        raise Conflict(f"The job is {held.status}: cancel it first")
    _remove(uow, outputs, held)


def expire(uow: UnitOfWork, outputs: Outputs, job: Job, before: datetime) -> bool:
    """Remove a job that ended before a time; False where it was removed or tried again meanwhile."""
    held = uow.of(TurnRepo).lock(job.id)
    if held is None or not held.has_ended or held.updated_at >= before:
        return False
    _remove(uow, outputs, held)
    return True


def _remove(uow: UnitOfWork, outputs: Outputs, job: Job) -> None:
    telling.of_job(uow, job, DELETED)
    uow.of(JobRepo).delete(job)
    uow.after_commit(lambda: outputs.remove(job.log_uid))


def _held(uow: UnitOfWork, job: Job) -> Job:
    held = uow.of(TurnRepo).lock(job.id)
    if held is None:
        raise NotFound("Not Found. Job not found.")
    return held
