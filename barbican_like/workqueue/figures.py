"""What operators see of the jobs as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from barbican_like.common import clock
from barbican_like.common.figures import MOST_TROUBLES, Figures, Tally, Trouble
from barbican_like.model.unit_of_work import Reading
from barbican_like.workqueue.repository.standing import JobStandingRepo
from barbican_like.workqueue.states import ENDED

_RECENT: Final = timedelta(days=1)


def figures(view: Reading) -> Figures:
    """Jobs by status, and those that have failed within a day."""
    standing = view.of(JobStandingRepo)
    failed = standing.failed(clock.now() - _RECENT, MOST_TROUBLES)
    return Figures(
        tallies=tuple(
            Tally(
                object="jobs",
                status=row.status,
                number=row.number,
                oldest=None if row.status in ENDED else row.oldest,
            )
            for row in standing.counts()
        ),
        troubles=tuple(
            Trouble(
                object="jobs",
                id=str(row.id),
                project_id=row.project_id,
                reason=f"{row.num_failed} of its elements have failed",
                since=row.updated_at,
            )
            for row in failed
        ),
    )
