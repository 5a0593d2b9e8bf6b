"""Jobs: written by requests, listed, and what becomes of them as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    Row,
    Select,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)

from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.repositories.base import Repository
from barbican_like.workqueue.models import Counters, Element, Job
from barbican_like.workqueue.states import ENDED, ElementStatus, JobProtocol, JobStatus, JobType
from barbican_like.workqueue.tables import attempts, elements, findings, jobs, keys, shares

_JOB = Columns(jobs, Job)
JOBS: Final = (*_JOB, *(jobs.c[f"num_{counter.name}"] for counter in dataclasses.fields(Counters)))
"""What of a job's row a value is made of."""

_THIS = jobs.c.id == bindparam("of_id")

_FIND = select(*JOBS).where(_THIS)
_LOCK = _FIND.with_for_update()
_INSERT = insert(jobs)
INSERT_ELEMENT = insert(elements).values(
    status=literal_column(f"'{ElementStatus.NEW}'"),
    waits=true(),
    suspect=false(),
    **{name: literal_column("0") for name in ("attempts", "transferred", "elapsed", "instant", "average")},
)
"""An element that waits; what all of them have in common is a part of the statement."""

_UPDATE = update(jobs).where(_THIS)
_OPEN = (
    select(func.count())
    .select_from(jobs)
    .where(jobs.c.project_id == bindparam("of_project"), jobs.c.status.not_in(sorted(ENDED)))
)
_SOME_OF_PROJECT = select(jobs.c.id).where(jobs.c.project_id == bindparam("of_project")).limit(1)
_FIND_SHARE = select(shares.c.served).where(shares.c.project_id == bindparam("of_project"))
_LEAST_SERVED = (
    select(func.min(shares.c.served))
    .select_from(jobs.join(shares, shares.c.project_id == jobs.c.project_id))
    .where(jobs.c.waiting > 0)
)
_INSERT_SHARE = insert(shares)
_RAISE_SHARE = (
    update(shares)
    .where(shares.c.project_id == bindparam("of_project"), shares.c.served < bindparam("least"))
    .values(served=bindparam("least"))
)
_DELETE_SHARE = delete(shares).where(shares.c.project_id == bindparam("of_project"))
_DELETE_KEYS = delete(keys).where(keys.c.job_id == bindparam("of_id"))
_DELETE_PARTS = [
    delete(table).where(table.c.job_id == bindparam("of_id")) for table in (attempts, findings, elements)
]
_SOME_ELEMENTS = (
    select(elements.c.id).where(elements.c.job_id == bindparam("of_id")).limit(bindparam("limit"))
)
_DELETE_SOME = [
    delete(table).where(table.c.job_id == bindparam("of_id"), column.in_(bindparam("ids", expanding=True)))
    for table, column in ((attempts, attempts.c.element_id), (elements, elements.c.id))
]
_DELETE = delete(jobs).where(_THIS)
# By the ids, which grow with the times: so no more rows are read than are old.
_MADE_BEFORE = (
    select(*JOBS)
    .where(jobs.c.id > bindparam("after"), jobs.c.created_at < bindparam("before"))
    .order_by(jobs.c.id)
    .limit(bindparam("limit"))
)
_WAITING_AT = select(*JOBS).where(
    or_(jobs.c.src_siteid == bindparam("site_id"), jobs.c.link_siteid == bindparam("site_id")),
    jobs.c.project_id == bindparam("of_project"),
    jobs.c.waiting > 0,
)
_FINDINGS = (
    select(findings.c.content).where(findings.c.job_id == bindparam("of_id")).order_by(findings.c.page)
)
_CLEAR_FINDINGS = delete(findings).where(findings.c.job_id == bindparam("of_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a list shows."""

    status: JobStatus | None = None
    type: JobType | None = None
    marker: int | None = None  # the last id of the page before
    oldest_first: bool = False
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose jobs are seen: a user's within a project, or a project's where the request names no user."""

    project_id: str
    user_id: str | None

    def sees(self, job: Job) -> bool:
        """Whether a job is seen."""
        return job.project_id == self.project_id and self.user_id in {None, job.user_id}


class JobRepo(Repository):
    """Jobs of all projects."""

    def add(self, job: Job, not_before: datetime | None) -> Job:
        """Write a new job; the same with its id.

        :param not_before: when its element 0 may be worked; None for at once.
        """
        made = self._connection.execute(_INSERT, _new_row(job, not_before))
        (job_id,) = made.inserted_primary_key or (0,)
        return replace(job, id=job_id)

    def add_element(self, element: Element, not_before: datetime | None) -> None:
        """Write an element that waits."""
        self._connection.execute(INSERT_ELEMENT, element_columns(element) | {"due_at": not_before})

    def find(self, job_id: int) -> Job | None:
        """A job of any project."""
        row = self._connection.execute(_FIND, {"of_id": job_id}).one_or_none()
        return None if row is None else job_of(row)

    def get(self, job_id: int, owner: Owner) -> Job:
        """A job of somebody's.

        :raises NotFound: when there is none.
        """
        job = self.find(job_id)
        if job is None or not owner.sees(job):
            raise NotFound("Not Found. Job not found.")
        return job

    def lock(self, job_id: int) -> Job | None:
        """A job, locked until the commit."""
        row = self._connection.execute(_LOCK, {"of_id": job_id}).one_or_none()
        return None if row is None else job_of(row)

    def list(self, owner: Owner, wanted: JobFilter) -> Sequence[Job]:
        """A page of somebody's jobs."""
        return [job_of(row) for row in self._connection.execute(_listed(owner, wanted))]

    def count_open(self, project_id: str) -> int:
        """How many unfinished jobs a project has."""
        return int(self._connection.execute(_OPEN, {"of_project": project_id}).scalar_one())

    def made_before(self, moment: datetime, *, after: int, limit: int) -> Sequence[Job]:
        """A page of the jobs of all projects that were made before a time, the oldest first.

        :param after: the last id of the page before.
        """
        values = {"before": moment, "after": after, "limit": limit}
        return [job_of(row) for row in self._connection.execute(_MADE_BEFORE, values)]

    def waiting_at(self, site_id: int, project_id: str) -> Sequence[Job]:
        """A project's jobs of which something waits, and that need a site."""
        values = {"site_id": site_id, "of_project": project_id}
        return [job_of(row) for row in self._connection.execute(_WAITING_AT, values)]

    def change(self, job_id: int, **columns: Any) -> None:
        """Write some columns."""
        self._connection.execute(_UPDATE.values(updated_at=clock.now(), **columns), {"of_id": job_id})

    def findings(self, job_id: int) -> Sequence[bytes]:
        """The pages of what element 0 has found."""
        return self._connection.execute(_FINDINGS, {"of_id": job_id}).scalars().all()

    def clear_findings(self, job_id: int) -> None:
        """Forget them."""
        self._connection.execute(_CLEAR_FINDINGS, {"of_id": job_id})

    def enter(self, project_id: str) -> None:
        """Let a project have its share: a newcomer begins where the least served of the others is."""
        served = self._connection.execute(_FIND_SHARE, {"of_project": project_id}).scalar_one_or_none()
        if served is not None and self.count_open(project_id):
            return
        least = float(self._connection.execute(_LEAST_SERVED).scalar_one() or 0.0)
        if served is None:
            self._insert_once(_INSERT_SHARE, {"project_id": project_id, "served": least})
        else:
            self._connection.execute(_RAISE_SHARE, {"of_project": project_id, "least": least})

    def delete(self, job: Job) -> None:
        """Remove a job with all that belongs to it; its Idempotency-Key stays used until its time is over."""
        for statement in (*_DELETE_PARTS, _DELETE):
            self._connection.execute(statement, {"of_id": job.id})

    def purge(self, project_id: str, limit: int) -> tuple[int, Job | None]:
        """Remove some of a project's jobs: how many rows, and a job that is gone whole."""
        job_id = self._connection.execute(_SOME_OF_PROJECT, {"of_project": project_id}).scalar_one_or_none()
        if job_id is None:
            return self._connection.execute(_DELETE_SHARE, {"of_project": project_id}).rowcount, None
        job = self.lock(job_id)
        some = self._connection.execute(_SOME_ELEMENTS, {"of_id": job_id, "limit": limit}).scalars().all()
        if some:
            for statement in _DELETE_SOME:
                self._connection.execute(statement, {"of_id": job_id, "ids": some})
            return len(some), None
        if job is not None:
            self._connection.execute(_DELETE_KEYS, {"of_id": job.id})
            self.delete(job)
        return 1, job


def _listed(owner: Owner, wanted: JobFilter) -> Select[Any]:
    statement = select(*JOBS).where(jobs.c.project_id == owner.project_id)
    if owner.user_id is not None:
        statement = statement.where(jobs.c.user_id == owner.user_id)
    if wanted.status is not None:
        statement = statement.where(jobs.c.status == wanted.status)
    if wanted.type is not None:
        statement = statement.where(jobs.c.type == wanted.type)
    if wanted.marker is not None:
        beyond = jobs.c.id > wanted.marker if wanted.oldest_first else jobs.c.id < wanted.marker
        statement = statement.where(beyond)
    order = jobs.c.id if wanted.oldest_first else jobs.c.id.desc()
    return statement.order_by(order).limit(wanted.limit)


def counted(counters: Counters) -> dict[str, int]:
    """Counters as columns."""
    return {f"num_{status.lower()}": getattr(counters, status.lower()) for status in ElementStatus}


def job_of(row: Row[Any]) -> Job:
    """A row as a value."""
    return _JOB.value(
        row,
        type=JobType(row.type),
        protocol=JobProtocol(row.protocol),
        extra_opts=orjson.loads(row.extra_opts),
        status=JobStatus(row.status),
        counters=Counters(*row[len(_JOB) : len(JOBS)]),
    )


def _new_row(job: Job, not_before: datetime | None) -> dict[str, Any]:
    """A new job as a row; its element 0 waits."""
    row = _JOB.row(
        job,
        extra_opts=orjson.dumps(dict(job.extra_opts)).decode(),
        waiting=job.counters.new,
        wake_at=not_before,
        last_turn=0,
        **counted(job.counters),
    )
    del row["id"]
    return row


def element_columns(element: Element) -> dict[str, Any]:
    """What of a new element's row differs from another's."""
    return {
        "job_id": element.job_id,
        "id": element.id,
        "type": element.type,
        "below": element.below,
        "stage": element.stage,
        "size": element.size,
        "max_tries": element.max_tries,
        "updated_at": element.updated_at or clock.now(),
    }
