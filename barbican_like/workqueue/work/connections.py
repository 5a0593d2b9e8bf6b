"""The two sites of a link as one job may use them, kept open from file to file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from barbican_like.model.unit_of_work import Reading
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.models import Auth, Job, Site
from barbican_like.workqueue.options import Options
from barbican_like.workqueue.protocols.dummy import Occasion
from barbican_like.workqueue.protocols.opening import Opening, new_storage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.showing import credential_of
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.tools import Tools

_FOLLOWING: Final = frozenset({JobType.LIST, JobType.COPY})  # of all others a link is itself


@dataclass(frozen=True, slots=True)
class _Open:
    """A storage with what it was opened with."""

    opening: Opening
    storage: Storage


class Connections:
    """Opens what a job needs, and keeps it while the next job needs the same.

    :param src: the link's source.
    :param dst: its destination; the source itself for jobs that have none.
    """

    def __init__(self, tools: Tools, src: Site, dst: Site) -> None:
        self.occasion = Occasion()
        self._tools = tools
        self._sites = (src, dst)
        self._open: dict[bool, _Open] = {}  # by whether it is the source's

    def of(self, job: Job) -> tuple[Storage, Storage | None]:
        """Source and destination of a job; None where it has none of its own.

        :raises TransferFailed: when one of them cannot be had.
        """
        src = self._storage(job, is_source=True)
        return src, self._storage(job, is_source=False) if job.type is JobType.COPY else None

    def target(self, job: Job) -> Storage:
        """The storage that a job writes to.

        :raises TransferFailed: when it cannot be had.
        """
        return self._storage(job, is_source=job.type is not JobType.COPY)

    def close(self) -> None:
        """End every connection; a call that hangs in one breaks off. Another thread may call this."""
        for opened in list(self._open.values()):
            opened.storage.close()

    def forget(self) -> None:
        """End every connection; the next use opens them anew."""
        self.close()
        self._open.clear()

    def _storage(self, job: Job, *, is_source: bool) -> Storage:
        opening = self._opening(job, is_source=is_source)
        known = self._open.get(is_source)
        if known is not None and known.opening == opening:
            return known.storage
        if known is not None:
            del self._open[is_source]
            known.storage.close()
        opened = _Open(opening, new_storage(opening))
        self._open[is_source] = opened  # from here on it can be broken off
        with ExitStack() as failing:
            failing.callback(opened.storage.close)
            failing.callback(self._open.pop, is_source, None)
            opened.storage.open()
            failing.pop_all()
        return opened.storage

    def _opening(self, job: Job, *, is_source: bool) -> Opening:
        site = self._sites[0 if is_source else 1]
        endpoint = site.spec.endpoint(job.protocol) if is_source else site.spec.endpoint(None, changes=True)
        if endpoint is None:
            raise TransferFailed.permanent(
                ErrorCode.UNSUPPORTED,
                f"The site does not speak {job.protocol} any more"
                if is_source
                else "The site is of use as a source only, by now",
            )
        opening = Opening(
            spec=site.spec,
            endpoint=endpoint,
            file_roots=self._tools.settings.file_roots,
            hosts=self._tools.settings.hosts,
            follow=is_source and job.type in _FOLLOWING and Options.of(job.extra_opts).follow,
            is_source=is_source,
            occasion=self.occasion,
        )
        if site.spec.auth is Auth.NONE:
            return opening
        return replace(opening, credential=self._credential(site, job.project_id))

    def _credential(self, site: Site, project_id: str) -> Mapping[str, str]:
        """What the project shows to the site now. Returns what is secret."""
        with Reading(self._tools.database) as view:
            return credential_of(view, self._tools.plugins, site, project_id)
