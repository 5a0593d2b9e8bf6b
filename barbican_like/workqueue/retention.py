"""Jobs that ended long ago are removed, with their elements and logs."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from barbican_like.common import clock
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask
from barbican_like.workqueue import service
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.work.tools import Tools

_PAGE: Final = 100
_PAUSE: Final = 600.0  # seconds between two turns


class KeepJobs(BaseTask[str, int]):
    """Removes what the queue keeps no longer."""

    operation: ClassVar[str] = "Process transfer retention"

    def __init__(self, tools: Tools, claims: Claims) -> None:
        super().__init__(tools.database, claims)
        self._tools = tools

    def retrieve_entity(self, view: Reading, task: Task) -> str:
        """There is one queue."""
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> int:
        """Remove one job after the other, each in a transaction; how many those were."""
        seconds = self._tools.settings.job_retention
        if not seconds:
            return 0
        before = clock.now() - timedelta(seconds=seconds)
        removed, after = 0, 0
        while True:
            with Reading(self._tools.database) as view:
                page = view.of(JobRepo).made_before(before, after=after, limit=_PAGE)
            for job in page:
                run.progress(f"{removed} jobs removed")
                if job.has_ended and job.updated_at < before:
                    with UnitOfWork(self._tools.database) as uow:
                        removed += service.expire(uow, self._tools.outputs, job, before)
                        uow.commit()
            if len(page) < _PAGE:
                return removed
            after = page[-1].id

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: int) -> Again:
        """Go on after a pause."""
        return Again(_PAUSE)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """There is nobody to tell."""
