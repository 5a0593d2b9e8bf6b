"""A worker of this process that can be stopped at each step of an event's way, and events for it."""

from __future__ import annotations

from collections.abc import Callable

from barbican_like.activity.event import Author, Event, NewEvent
from barbican_like.activity.events.journal import Journal
from barbican_like.activity.events.processing import Prepared, ProcessEvent
from barbican_like.activity.events.service import Events
from barbican_like.activity.kinds import PROCESS_ACTIVITY_EVENT
from barbican_like.activity.registry import data
from barbican_like.activity.registry.data import NewThing
from barbican_like.activity.registry.things import THINGS, Action, ThingType
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.leases import Lease
from barbican_like.queue.outcome import Again
from barbican_like.queue.run import Run
from barbican_like.queue.server import Tasks
from barbican_like.queue.transport import NullWaker

NAME = PROCESS_ACTIVITY_EVENT.name
ADMIN = Author(name="root", user_id="root", is_admin=True, project_id="p")


class Crash(Exception):
    """Stands for whatever ends a try."""


class StoppableEvent(ProcessEvent):
    """Does what a test wants at each step of a try, by the step's name."""

    at: dict[str, Callable[[Task], None]]

    def reach(self, step: str, task: Task) -> None:
        """One step, once."""
        self.at.pop(step, lambda _: None)(task)

    def retrieve_entity(self, view: Reading, task: Task) -> Event | None:
        """As it is, with the step before."""
        self.reach("before retrieve_entity", task)
        return super().retrieve_entity(view, task)

    def handle_processing(self, run: Run, entity: Event) -> Prepared:
        """As it is, with the steps around it."""
        self.reach("before handle_processing", run.task)
        work = super().handle_processing(run, entity)
        self.reach("after handle_processing", run.task)
        return work

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Event, work: Prepared) -> Again | None:
        """As it is, with the steps around it."""
        self.reach("before handle_success", task)
        ending = super().handle_success(uow, task, entity, work)
        self.reach("after handle_success", task)
        return ending


class Stage:
    """A worker that can be stopped anywhere, and a registry with one authority."""

    def __init__(self, database: Database) -> None:
        self.database = database
        lease = Lease(database, folder=None, term=30.0)
        lease.open()
        claims = Claims(database, lease)
        self.events = Events(Journal(), TaskClient(NullWaker()), lambda one: one.of(RegistryRepo))
        self.task = StoppableEvent(database, claims, self.events)
        self.task.at = {}
        self.tasks = Tasks(claims, {PROCESS_ACTIVITY_EVENT: self.task})
        self.authority = self.make(ThingType.AUTHORITY, name="x", shortname="onelab")

    def make(self, thing_type: ThingType, **values: object) -> NewThing:
        """A thing that is there."""
        new = data.creation(THINGS[thing_type], values)
        with UnitOfWork(self.database) as uow:
            uow.of(RegistryRepo).create(new)
            uow.commit()
        return new

    def accept(
        self, action: Action, *, author: Author = ADMIN, is_request: bool = False, **values: object
    ) -> str:
        """An event about the authority."""
        new = NewEvent(
            action=action,
            object_type=ThingType.AUTHORITY,
            object_id=self.authority.id,
            above=(),
            data=values or None,
            is_request=is_request,
        )
        with UnitOfWork(self.database) as uow:
            (event_id,) = self.events.accept(uow, author, [new])
            uow.commit()
        return event_id

    def try_once(self, event_id: str) -> object:
        """One try of its task."""
        return getattr(self.tasks, NAME)(event_id)

    def event(self, event_id: str) -> Event:
        """As it now is."""
        with Reading(self.database) as view:
            found = view.of(EventRepo).find(event_id)
        assert found is not None
        return found

    def name(self) -> object:
        """The authority's."""
        with Reading(self.database) as view:
            found = view.of(RegistryRepo).find(self.authority.id)
        assert found is not None
        return found.values["name"]


def crash(_: Task) -> None:
    """Raise."""
    raise Crash
