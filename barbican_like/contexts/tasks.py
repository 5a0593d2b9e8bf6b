"""What a worker does for contexts: it carries transitions from supervisors' outboxes into the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from barbican_like.common.background import Rounds
from barbican_like.contexts.models import Entry
from barbican_like.contexts.places import OutboxReader, Place
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.telling import about_transition
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.kinds import TaskKind
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

CARRY: Final = TaskKind(name="carry_service_transitions", entity="place_id", lane="contexts", time_limit=60.0)
_MOST: Final = 500
"""Transitions in one transaction."""
_LOOK_EVERY: Final = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Load:
    """An outbox, and how far it has been carried."""

    reader: OutboxReader
    outbox_id: str
    carried: int
    context_id: str
    name: str


class CarryTransitions(BaseTask[Load, list[Entry]]):
    """Writes the next transitions of a provider, and how far that is, in one transaction: exactly once."""

    operation: ClassVar[str] = "Carrying of transitions"

    def __init__(self, database: Database, claims: Claims, places: Sequence[Place]) -> None:
        super().__init__(database, claims)
        self._places = {place.id: place for place in places}

    def retrieve_entity(self, view: Reading, task: Task) -> Load | None:
        """The provider's outbox; None where this instance knows of none any more."""
        place = self._places.get(task.entity_id)
        launch = None if place is None else place.launch()
        if launch is None or not Path(launch.outbox).is_dir():
            return None
        reader = OutboxReader(Path(launch.outbox))
        outbox_id = reader.id()
        context = launch.context
        return Load(
            reader, outbox_id, view.of(ContextRepo).carried(outbox_id), context.context_id, context.name
        )

    def handle_processing(self, run: Run, entity: Load) -> list[Entry]:
        """Read what is next. What is in the database by now needs no file any more."""
        entity.reader.forget(entity.carried)
        return entity.reader.after(entity.carried, _MOST)

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Load, work: list[Entry]) -> Again | None:
        """Write it, and tell of each."""
        if not work:
            return None
        repository = uow.of(ContextRepo)
        if not repository.carry(entity.outbox_id, entity.carried, entity.context_id, entity.name, work):
            return Again()
        if uow.is_observed:
            for entry in work:
                uow.tell(about_transition(entity.context_id, entity.name, entry))
        return Again() if len(work) == _MOST else None

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """There is nobody to tell: the outbox stays as it is, and the next transition asks again."""


class OutboxWatch(Rounds):
    """Has outboxes carried whenever they have grown, from a thread that looks at their files only."""

    def __init__(self, database: Database, client: TaskClient, places: Sequence[Place]) -> None:
        super().__init__("outboxes", _LOOK_EVERY)
        self._database = database
        self._client = client
        self._places = places
        self._seen: dict[str, tuple[tuple[str, int], ...]] = {}

    def look(self) -> None:
        """Ask for the carrying of those that have changed since the last look.

        :raises Overloaded: when the database cannot take it now.
        """
        for place in self._places:
            launch = place.launch()
            found = () if launch is None else OutboxReader(Path(launch.outbox)).signature()
            if found and found != self._seen.get(place.id):
                with UnitOfWork(self._database) as uow:
                    self._client.ensure(uow, CARRY, place.id)
                    uow.commit()
                self._seen[place.id] = found
