"""What a unit of work tells of changes to jobs and sites.

Turns tell at most once a second of a job whose status stays: of the first change in each second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from barbican_like.common.notices import DELETED, PRESENT, UPDATED, Audience, Notice
from barbican_like.model.unit_of_work import Repositories, UnitOfWork
from barbican_like.workqueue import snapshots
from barbican_like.workqueue.models import Job, Site
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.turns import TurnRepo
from barbican_like.workqueue.states import JobStatus

JOB: Final = "job"
SITE: Final = "site"
_PROGRESS: Final = "progress"
_CREDENTIAL: Final = "credential"


def of_job(
    uow: UnitOfWork, job: Job, op: str, what: str | None = None, *, before: JobStatus | None = None
) -> None:
    """Tell of a job.

    :param job: as it now is, or last was.
    :param op: created, updated or deleted.
    :param what: the part that changed: cancel, retry or progress.
    :param before: its status before an update.
    """
    if uow.is_observed:
        uow.tell(about_job(uow, job, op, what, before))


def of_moves(uow: UnitOfWork) -> None:
    """Tell of the jobs that turns have written in this transaction, once of each."""
    if not uow.is_observed:
        return
    for before, after in uow.of(TurnRepo).moved.values():
        if before.status is not after.status:
            of_job(uow, after, UPDATED, before=before.status)
        elif before.updated_at.replace(microsecond=0) < after.updated_at.replace(microsecond=0):
            of_job(uow, after, UPDATED, _PROGRESS, before=before.status)


def of_site(uow: UnitOfWork, site: Site, op: str, *, before: Site | None = None) -> None:
    """Tell of a site.

    :param site: as it now is, or last was.
    :param op: created, updated or deleted.
    :param before: as it was before an update.
    """
    if uow.is_observed:
        uow.tell(replace(about_site(site, op, before), actor=uow.actor))


def of_credential(uow: UnitOfWork, site: Site, project_id: str) -> None:
    """Tell a project, and no other, that what it shows to a site has changed."""
    if uow.is_observed:
        notice, own = about_site(site, UPDATED, site), Audience(project_id=project_id)
        uow.tell(replace(notice, what=_CREDENTIAL, audience=own, actor=uow.actor))


def about_job(
    view: Repositories,
    job: Job,
    op: str,
    what: str | None = None,
    before: JobStatus | None = None,
) -> Notice:
    """The notice of a job."""
    failed = view.of(ElementRepo).first_failed([job.id]) if job.counters.failed else {}
    old = job.status if op == DELETED else before
    return Notice(
        object=JOB,
        id=str(job.id),
        op=op,
        what=what,
        old=old,
        new=None if op == DELETED else job.status,
        actor=view.actor if isinstance(view, UnitOfWork) else None,
        audience=Audience(project_id=job.project_id, creator_id=job.user_id),
        snapshot=snapshots.of_job(job, failed.get(job.id)),
        at=job.updated_at if op == PRESENT else None,
    )


def about_site(site: Site, op: str, before: Site | None = None) -> Notice:
    """The notice of a site."""
    old = site if op == DELETED else before
    return Notice(
        object=SITE,
        id=str(site.id),
        op=op,
        old=None if old is None else _status(old),
        new=None if op == DELETED else _status(site),
        audience=Audience(project_id=site.project_id, is_public=site.spec.is_public),
        snapshot=snapshots.of_site(site),
        at=site.updated_at if op == PRESENT else None,
    )


def _status(site: Site) -> str:
    return "ENABLED" if site.spec.enabled else "DISABLED"
