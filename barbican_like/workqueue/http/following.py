"""What a caller may see of jobs and sites in the feed: what a GET would show him."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from barbican_like.common.notices import PRESENT, Audience, Notice
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from barbican_like.model.unit_of_work import Repositories
from barbican_like.workqueue import telling
from barbican_like.workqueue.repository.jobs import JobFilter, JobRepo, Owner
from barbican_like.workqueue.repository.sites import SiteRepo

_AT_ONCE: Final = 500  # rows of one statement


class JobSight:
    """That of jobs: a user's within a project, or a project's where the caller names no user."""

    def __init__(self, policy: Policy, caller: RequestContext) -> None:
        self._owner = Owner(project_id=caller.project_id, user_id=caller.user_id)
        self._permitted = policy.permits("transfer_job:get", caller)

    def sees(self, audience: Audience) -> bool:
        """Whether it is one of the caller's."""
        owner = self._owner
        is_own = audience.project_id == owner.project_id and owner.user_id in {None, audience.creator_id}
        return is_own and self._permitted

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """The caller's, the oldest first."""
        last: int | None = 0
        while last is not None:
            wanted = JobFilter(marker=last, oldest_first=True, limit=_AT_ONCE)
            page = view.of(JobRepo).list(self._owner, wanted)
            yield from (telling.about_job(view, job, PRESENT) for job in page)
            last = page[-1].id if len(page) == _AT_ONCE else None


class SiteSight:
    """That of sites: one's own project's, and those that are shown to every project."""

    def __init__(self, policy: Policy, caller: RequestContext) -> None:
        self._project_id = caller.project_id
        self._permitted = policy.permits("transfer_sites:get", caller)

    def sees(self, audience: Audience) -> bool:
        """Whether the caller may use the site."""
        return self._permitted and (audience.is_public or audience.project_id == self._project_id)

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """Those that the caller may use, by their ids."""
        last: int | None = 0
        while last is not None:
            page = view.of(SiteRepo).list(self._project_id, after=last, limit=_AT_ONCE)
            yield from (telling.about_site(site, PRESENT) for site in page)
            last = page[-1].id if len(page) == _AT_ONCE else None
