"""What a worker does about old transitions of services: it removes them."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import ClassVar, Final

from barbican_like.common import clock
from barbican_like.contexts.repository import ContextRepo
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.kinds import Retries, TaskKind
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

REMOVE: Final = TaskKind(
    name="remove_old_transitions", entity="room", lane="contexts", retries=Retries(patience=math.inf)
)
"""Removes transitions that are kept no longer. There is always one, which goes on for ever."""
_BATCH: Final = 500
_PAUSE: Final = 300.0  # seconds between two turns


class RemoveTransitions(BaseTask[str, int]):
    """Removes old transitions batch after batch, each in a transaction. How services stand is kept.

    :param retention: seconds for which transitions are kept.
    """

    operation: ClassVar[str] = "Removal of transitions"

    def __init__(self, database: Database, claims: Claims, *, retention: float) -> None:
        super().__init__(database, claims)
        self._retention = timedelta(seconds=retention)

    def retrieve_entity(self, view: Reading, task: Task) -> str:
        """All contexts together."""
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> int:
        """Remove what is too old; returns how many rows."""
        before = clock.now() - self._retention
        with Reading(self._database) as view:
            outboxes = view.of(ContextRepo).outboxes()
        removed = 0
        for outbox in outboxes:
            count = _BATCH
            while count == _BATCH:
                run.progress(f"{removed} rows removed")
                with UnitOfWork(self._database) as uow:
                    count = uow.of(ContextRepo).remove_older(outbox, before, _BATCH)
                    uow.commit()
                removed += count
        return removed

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: int) -> Again:
        """Go on after a pause."""
        return Again(_PAUSE)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """There is nobody to tell."""
