"""What a worker does for the room: a slot is worked as a task."""

from __future__ import annotations

from typing import ClassVar, Final

from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask
from barbican_like.workqueue.models import Slot
from barbican_like.workqueue.repository.slots import SlotRepo
from barbican_like.workqueue.work.shift import LONGEST_REST, Shift
from barbican_like.workqueue.work.spreading import wake
from barbican_like.workqueue.work.tools import Tools

_SHORTEST_REST: Final = 0.02  # seconds


class WorkTransferSlot(BaseTask[Slot, float]):
    """Works a slot: its turns write as they go, under the task's fence."""

    operation: ClassVar[str] = "Process transfer slot"

    def __init__(self, tools: Tools, claims: Claims) -> None:
        super().__init__(tools.database, claims)
        self._tools = tools

    def retrieve_entity(self, view: Reading, task: Task) -> Slot | None:
        """The slot."""
        return Slot.from_id(task.entity_id)

    def handle_processing(self, run: Run, entity: Slot) -> float:
        """Work it; seconds until it is to be worked again at the earliest."""
        return Shift(self._tools, run, entity).work()

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Slot, work: float) -> Again | None:
        """Let it go on later while anything of its link waits; else it ends.

        Whoever has let something wait sees that here, so it is never left alone.
        """
        if work > 0:
            return Again(work)
        earliest = uow.of(SlotRepo).earliest(entity)
        if earliest is None:
            return None
        return Again(min(max(earliest, _SHORTEST_REST), LONGEST_REST))

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """It goes round again: what its link's jobs wait for is theirs to cancel."""
        if uow.of(SlotRepo).earliest(Slot.from_id(task.entity_id)) is not None:
            wake(uow, self._tools.client, Slot.from_id(task.entity_id))
