"""The end of a project: everything it has is removed."""

from __future__ import annotations

from typing import ClassVar, Final

from barbican_like.model.database import Database
from barbican_like.model.models import Project, Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask
from barbican_like.room import Purge

_BATCH: Final = 200


class DeleteProject(BaseTask[Project, int]):
    """Removes what a deleted project has, in batches, then the project with its keys.

    What is removed stays removed when a try breaks off; the next goes on from there. The last step fails
    while there is anything left, such as a secret that was made meanwhile, and is then tried again.

    :param purge: removes some of what all rooms keep for a project.
    """

    operation: ClassVar[str] = "Process Project deletion"

    def __init__(self, database: Database, claims: Claims, purge: Purge, *, batch: int = _BATCH) -> None:
        super().__init__(database, claims)
        self._purge = purge
        self._batch = batch

    def retrieve_entity(self, view: Reading, task: Task) -> Project | None:
        """The project, None when it is gone already."""
        return view.projects.find(task.project_id)

    def handle_processing(self, run: Run, entity: Project) -> int:
        """Remove what rooms keep for it, a batch in each transaction; returns how many rows."""
        removed = 0
        while True:
            run.progress(f"{removed} rows removed")
            with UnitOfWork(self._database) as uow:
                count = self._purge(uow, entity, self._batch)
                uow.commit()
            if count == 0:
                return removed
            removed += count

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Project, work: int) -> None:
        """Remove the project with its keys and quotas."""
        uow.projects.remove(entity)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """There is nobody to tell: the task stays among the dead ones, and the project's rows stay."""
