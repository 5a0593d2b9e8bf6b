"""The task of an event: routed, carried out when its turn has come, ended; the same one through all tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from barbican_like.activity.event import Event, LogType
from barbican_like.activity.events import deciding
from barbican_like.activity.events.journal import line
from barbican_like.activity.events.service import Events
from barbican_like.activity.events.services import SERVICES
from barbican_like.activity.repository.event_locks import ObjectLockRepo
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.states import HOLDING, READY, EventStatus
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

_LOOK_AGAIN: Final = 30.0  # seconds; who ends before wakes it anyway
_WORKED: Final = HOLDING


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event whose next status is committed."""

    event: Event
    is_held_up: bool  # it waits for another one of its object


class ProcessEvent(BaseTask[Event, Prepared]):
    """Brings an event to its end, or to where it waits for somebody.

    First its next status is saved: where it goes, and RUNNING before anything is done. Then it is carried
    out, and that is written together with its end and that of the task, under the task's fence: so a worker
    that is lost has changed nothing, or everything.

    :param events: the use cases.
    """

    operation: ClassVar[str] = "Process Event"

    def __init__(self, database: Database, claims: Claims, events: Events) -> None:
        super().__init__(database, claims)
        self._events = events

    def retrieve_entity(self, view: Reading, task: Task) -> Event | None:
        """The event, unless it waits for somebody or has ended: an admin's retry goes on with it then."""
        event = view.of(EventRepo).find(task.entity_id)
        return None if event is None or event.status not in _WORKED else event

    def handle_processing(self, run: Run, entity: Event) -> Prepared:
        """Save how it goes on, before anything is done."""
        run.checkpoint()
        with UnitOfWork(self._database) as uow:
            uow.of(ObjectLockRepo).hold(entity.object_id)
            before = uow.of(EventRepo).lock(entity.id)
            event = self._ready(uow, before)
            waits = event.status is EventStatus.WAITING
            is_held_up = waits and uow.of(EventRepo).is_held_up(event)
            if event.status not in HOLDING or (is_held_up and before.status is EventStatus.RUNNING):
                self._let_next(uow, event)
            if waits and not is_held_up:
                event = self._events.journal.move(uow, event, EventStatus.RUNNING)
            uow.commit()
        run.checkpoint()
        return Prepared(event, is_held_up)

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Event, work: Prepared) -> Again | None:
        """Carry it out and write its end, or let it wait for its turn."""
        if work.is_held_up:
            # That one may have ended meanwhile; else whoever ends it finds this one waiting.
            return Again(_LOOK_AGAIN) if uow.of(EventRepo).is_held_up(work.event) else Again()
        if work.event.status is not EventStatus.RUNNING:
            return None
        uow.of(ObjectLockRepo).hold(entity.object_id)
        event = uow.of(EventRepo).lock(entity.id)
        if event.status is not EventStatus.RUNNING:
            return None
        service = SERVICES[event.object_type]
        status, said = service.carry_out(self._events.registry(uow), event, uow.tell)
        self._end(uow, event, status, said.message, said.type)
        return None

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Write that it was not done, and why."""
        found = uow.of(EventRepo).find(task.entity_id)
        if found is None:
            return
        uow.of(ObjectLockRepo).hold(found.object_id)
        event = uow.of(EventRepo).lock(task.entity_id)
        if event.status is EventStatus.APPROVED:
            event = self._events.journal.move(uow, event, EventStatus.WAITING)
        if event.status in READY or event.status is EventStatus.NEW:
            self._end(uow, event, EventStatus.ERROR, failure.reason, LogType.ERROR)

    def _ready(self, uow: UnitOfWork, event: Event) -> Event:
        """The event after the move that brings it to where it waits."""
        move = self._events.journal.move
        match event.status:
            case EventStatus.NEW:
                status, said = deciding.route(self._events.registry(uow), event)
                kind = LogType.ERROR if status is EventStatus.ERROR else LogType.INFO
                return move(uow, event, status, [line(said, kind)])
            case EventStatus.APPROVED:
                return move(uow, event, EventStatus.WAITING)
            case EventStatus.RUNNING:
                said = "A try did not come to its end; this is another"
                return move(uow, event, EventStatus.WAITING, [line(said, LogType.WARNING)])
            case _:
                return event

    def _end(self, uow: UnitOfWork, event: Event, status: EventStatus, said: str, kind: LogType) -> None:
        """Write the end, and let the next one of the object have its turn."""
        ended = self._events.journal.move(uow, event, status, [line(said, kind)])
        self._let_next(uow, ended)

    def _let_next(self, uow: UnitOfWork, event: Event) -> None:
        """Let what an event has held up have its turn."""
        following = uow.of(EventRepo).next_waiting(event)
        if following is not None:
            self._events.wake(uow, following)
