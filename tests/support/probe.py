"""A kind of task for tests of the fabric: it notes what is done, and does what a test wants at each step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Final

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.kinds import TaskKind
from barbican_like.queue.leases import Lease, Neighbours
from barbican_like.queue.outcome import Again, Failed, Outcome
from barbican_like.queue.run import Run
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.sweeper import Sweeper
from barbican_like.queue.task import BaseTask
from barbican_like.queue.transport import NullWaker
from barbican_like.queue.watch import Watch

LONGEST_WAIT: Final = 30.0
PROBE: Final = TaskKind(name="process_probe", entity="probe_id", lane="probes")
SHORT: Final = replace(PROBE, name="process_short", lane="shorts", together=8)


class ProbeTask(BaseTask[str, str]):
    """Works ``task.entity_id`` into its upper case, and notes it as a quota of a project of that name."""

    operation: ClassVar[str] = "Process Probe"

    def __init__(self, database: Database, claims: Claims) -> None:
        super().__init__(database, claims)
        self.at: dict[str, Callable[[Any], Any]] = {}  # step -> what a test wants to happen then
        self.failures: list[tuple[str, Failed]] = []

    def _reach(self, step: str, value: Any) -> Any:
        return self.at.get(step, lambda _: None)(value)

    def retrieve_entity(self, view: Reading, task: Task) -> str | None:
        """The entity."""
        self._reach("retrieve", task)
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> str:
        """Its upper case."""
        worked = self._reach("work", run)
        return worked if isinstance(worked, str) else entity.upper()

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: str) -> Again | None:
        """Note it."""
        uow.quotas.put(f"done-{entity}", {"secrets": task.attempts})
        ending = self._reach("success", task)
        return ending if isinstance(ending, Again) else None

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Note it."""
        self._reach("error", task)
        self.failures.append((task.entity_id, failure))


class Stage:
    """A worker of this process that knows the probes.

    :param kinds: what it knows.
    """

    def __init__(self, database: Database, *kinds: TaskKind) -> None:
        self.database = database
        self.kinds = kinds or (PROBE, SHORT)
        self.lease = Lease(database, folder=None, term=30.0)
        self.lease.open()
        self.claims = Claims(database, self.lease)
        self.task = ProbeTask(database, self.claims)
        self.tasks = Tasks(self.claims, dict.fromkeys(self.kinds, self.task))
        self.client = TaskClient(NullWaker())
        self.ended: dict[str, list[Outcome | None]] = {}
        self._changed = threading.Condition()

    def owe(self, kind: TaskKind = PROBE, entity_id: str | None = None, **how: Any) -> str:
        """Write a task; returns its entity."""
        entity_id = entity_id or ids.new_id()
        with UnitOfWork(self.database) as uow:
            self.client.owe(uow, kind, entity_id, **how)
            uow.commit()
        return entity_id

    def ensure(self, entity_id: str, kind: TaskKind = PROBE) -> None:
        """Ask for the task of an entity."""
        with UnitOfWork(self.database) as uow:
            self.client.ensure(uow, kind, entity_id)
            uow.commit()

    def try_once(self, entity_id: str, kind: TaskKind = PROBE) -> Outcome | None:
        """Claim the entity's task and try it in this thread."""
        outcome: Outcome | None = getattr(self.tasks, kind.name)(entity_id)
        return outcome

    def try_together(self, limit: int = 100) -> list[Outcome | None]:
        """Claim short tasks and try them in this thread."""
        return self.task.process_together(self.claims.take(SHORT, limit))

    def row(self, entity_id: str, kind: TaskKind = PROBE) -> Task | None:
        """The entity's open task."""
        with Reading(self.database) as view:
            return view.tasks.find(kind.name, entity_id)

    def is_done(self, entity_id: str) -> bool:
        """Whether the result is written."""
        with Reading(self.database) as view:
            return view.quotas.find(f"done-{entity_id}") is not None

    def note(self, _name: str, entity_id: str, outcome: Outcome | None) -> None:
        """The worker's listener."""
        with self._changed:
            self.ended.setdefault(entity_id, []).append(outcome)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[dict[str, list[Outcome | None]]], bool]) -> None:
        """Return when the ends of tries satisfy a condition; fail the test when they never do."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.ended), LONGEST_WAIT), self.ended

    @contextmanager
    def running(self, threads: int = 2) -> Iterator[Worker]:
        """The worker with all that watches over it, at work."""
        lanes = {kind.lane: threads for kind in self.kinds}
        worker = Worker(self.tasks, self.claims, lanes=lanes, listeners=[])
        worker.on_outcome = self.note
        watch = Watch(worker, self.claims, interval=0.05)
        neighbours = Neighbours(self.database, self.lease, folder=None, term=30.0)
        sweeper = Sweeper(self.database, worker, neighbours, interval=0.01)
        worker.start()
        watch.start()
        sweeper.start()
        try:
            yield worker
        finally:
            sweeper.stop()
            watch.stop()
            worker.stop()
