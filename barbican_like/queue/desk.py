"""What operators do with tasks: the verbs of ``barbican-manage tasks`` and of ``/operations/v1/tasks``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_SHOWN: Final = (
    "id",
    "name",
    "entity_id",
    "project_id",
    "status",
    "due_at",
    "attempts",
    "losses",
    "failing_for",
    "last_error",
    "cancel_requested",
    "progress",
    "created_at",
)
_TOGETHER: Final = 500  # rows that one transaction retries


def shown(task: Task) -> dict[str, Any]:
    """What operators see of a row: not its arguments, which say nothing without the code."""
    return {name: getattr(task, name) for name in _SHOWN}


class Desk:
    """Acts on tasks; each verb is a transaction of its own.

    :param kinds: names of the kinds that this version knows how to end.
    """

    def __init__(self, database: Database, kinds: Collection[str]) -> None:
        self._database = database
        self._kinds = kinds

    def get(self, task_id: str) -> Task:
        """An open task.

        :raises NotFound: when there is none of that id.
        """
        with Reading(self._database) as view:
            task = view.task_desk.find(task_id)
        if task is None:
            raise NotFound(f"there is no open task {task_id}")
        return task

    def retry(self, task_id: str) -> None:
        """Let a dead or waiting task be tried now, as if it had never failed.

        :raises NotFound: when there is no such task.
        :raises Conflict: when it is neither dead nor waiting.
        """
        self.get(task_id)
        with UnitOfWork(self._database) as uow:
            done = uow.task_desk.retry(task_id)
            uow.commit()
        if not done:
            raise Conflict(f"task {task_id} is neither dead nor waiting for its time")

    def retry_all(self) -> Sequence[str]:
        """Retry every dead task once, some in each transaction; returns their ids."""
        retried: list[str] = []
        dead: Sequence[str] = [""]
        while dead:
            with UnitOfWork(self._database) as uow:
                dead = uow.task_desk.dead(dead[-1], _TOGETHER)
                retried += [task_id for task_id in dead if uow.task_desk.retry(task_id)]
                uow.commit()
        return retried

    def cancel(self, task_id: str) -> None:
        """End a task; what it is about is told so.

        :raises NotFound: when there is no such task.
        :raises Conflict: when it was ended meanwhile, or a worker has it that this version knows nothing of.
        """
        task = self.get(task_id)
        with UnitOfWork(self._database) as uow:
            # A row of a kind that this version does not know would wait for ever for a worker to end it.
            is_known = task.name in self._kinds
            done = uow.task_desk.cancel(task_id) if is_known else uow.task_desk.remove(task_id)
            uow.commit()
        if not done:
            raise Conflict(f"task {task_id} is worked just now, or has ended")
