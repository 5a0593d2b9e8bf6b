"""What a worker does for the notes."""

from __future__ import annotations

from typing import ClassVar

from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.outcome import Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask
from tests.support.sample_room.repository import NoteRepo


class Shout(BaseTask[str, str]):
    """Puts a note into capitals."""

    operation: ClassVar[str] = "Note shouting"

    def retrieve_entity(self, view: Reading, task: Task) -> str | None:
        """The note's id."""
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> str:
        """Nothing that takes time."""
        return entity

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: str) -> None:
        """Write it."""
        uow.of(NoteRepo).shout(entity)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """The note stays as it is."""
