"""The end of a project: its jobs, then its sites."""

from __future__ import annotations

from barbican_like.common.notices import DELETED
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.workqueue import telling
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.repository.sites import CredentialRepo, SiteRepo


def purge(uow: UnitOfWork, project_id: str, limit: int) -> int:
    """Remove some of what a project has here; how many rows, 0 when nothing is left.

    Logs of its jobs stay on the disk that the workers write to until an operator removes them.

    :param project_id: the project's external id.
    """
    removed, gone = uow.of(JobRepo).purge(project_id, limit)
    if gone is not None:
        telling.of_job(uow, gone, DELETED)
    if removed:
        return removed
    credentials = uow.of(CredentialRepo)
    for credential in credentials.of_project(project_id, limit):
        credentials.delete(credential.site_id, project_id)
        removed += 1
    sites = uow.of(SiteRepo)
    for site_id in sites.owned(project_id):
        site = sites.find(site_id)
        if site is not None:
            telling.of_site(uow, site, DELETED)
        sites.delete(site_id)
        removed += 1
    return removed
