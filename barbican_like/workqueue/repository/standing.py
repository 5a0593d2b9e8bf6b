"""How jobs stand, for operators: of all projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from barbican_like.model.repositories.base import Repository
from barbican_like.workqueue.states import JobStatus
from barbican_like.workqueue.tables import jobs

_COUNT = (
    select(jobs.c.status, func.count().label("number"), func.min(jobs.c.created_at).label("oldest"))
    .group_by(jobs.c.status)
    .order_by(jobs.c.status)
)
_FAILED = (
    select(jobs.c.id, jobs.c.project_id, jobs.c.num_failed, jobs.c.updated_at)
    .where(jobs.c.status == JobStatus.FAILED.value, jobs.c.updated_at >= bindparam("since"))
    .order_by(jobs.c.updated_at.desc())
    .limit(bindparam("limit"))
)


class JobStandingRepo(Repository):
    """The jobs of all projects."""

    def counts(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """How many there are in each status, and when the first of those was made. Reads them all."""
        return self._connection.execute(_COUNT).all()

    def failed(self, since: datetime, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Jobs that have failed after a time, the newest first."""
        return self._connection.execute(_FAILED, {"since": since, "limit": limit}).all()
