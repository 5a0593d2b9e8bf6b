"""The end of a project: everything it has is removed."""

from __future__ import annotations

from typing import ClassVar

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.models import Project, Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.room import Purge
from barbican_like.tasks.base import BaseTask
from barbican_like.tasks.outcome import Failed

_BATCH = 200


def schedule_deletion(uow: UnitOfWork, project_id: str, max_attempts: int) -> Project | None:
    """Write the task that removes a project, once however often it is asked.

    :param project_id: the project's external id.
    :returns: the project, None when it has nothing here.
    """
    project = uow.projects.find(project_id)
    if project is not None and uow.tasks.find("process_project_deletion", project.id) is None:
        uow.tasks.add(
            task_id=ids.new_id(),
            name="process_project_deletion",
            entity_id=project.id,
            kwargs={"project_id": project_id},
            max_attempts=max_attempts,
        )
    return project


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
        return view.projects.find(task.kwargs["project_id"])

    def handle_processing(self, task: Task, entity: Project) -> int:
        """Remove what rooms keep for it, a batch in each transaction; returns how many rows."""
        removed = 0
        while True:
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
        """There is nobody to tell: the log has said why, and the project's rows stay."""
