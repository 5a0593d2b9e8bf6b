"""The claims of one task against a model: any sequence of steps by any worker, on SQLite."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from barbican_like.model.database import Database
from barbican_like.model.states import TASK_MOVES, TaskState
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.databases import clear
from tests.support.tasks import NAME, add_task, claim, database_now, expire, find_task, make_due

WORKERS = st.sampled_from(("worker-1", "worker-2", "worker-3"))
ENDS = st.sampled_from((TaskState.DONE, TaskState.FAILED))


class ClaimMachine(RuleBasedStateMachine):
    """One task, three workers, each with whatever fence it last saw."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        clear(self.database)
        self.state = TaskState.SCHEDULED
        self.due = True
        self.fence = 0
        self.seen: dict[str, int] = {}  # worker -> fence of its last claim

    @initialize(delayed=st.booleans())
    def write(self, delayed: bool) -> None:
        """A task is written, due now or later."""
        self.entity_id = add_task(self.database, delay=60.0 if delayed else 0.0)
        found = find_task(self.database, self.entity_id)
        assert found is not None
        self.task_id = found.id
        self.due = not delayed

    def move(self, new: TaskState) -> None:
        """The model moves on, by the product's own table."""
        TASK_MOVES.require(self.state, new)
        self.state = new

    def ended(self) -> bool:
        """Whether the task has no row any more."""
        return self.state in TASK_MOVES.finals()

    def owns(self, worker: str) -> bool:
        """The rule of the fence: a worker's is the newest, and the task is still claimed (be it expired)."""
        return self.state in {TaskState.CLAIMED, TaskState.EXPIRED} and self.seen.get(worker) == self.fence

    def step(self, action: Callable[[UnitOfWork], bool]) -> bool:
        """One transaction."""
        with UnitOfWork(self.database) as uow:
            done = action(uow)
            uow.commit()
        return done

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        """A claim succeeds exactly when the task is due and nobody's."""
        allowed = self.state is TaskState.EXPIRED or (self.state is TaskState.SCHEDULED and self.due)
        task = claim(self.database, self.entity_id, worker)
        assert (task is not None) == allowed
        if task is not None:
            self.move(TaskState.CLAIMED)
            self.fence += 1
            self.seen[worker] = self.fence
            assert (task.fence, task.attempts, task.claimed_by) == (self.fence, self.fence, worker)

    @precondition(lambda self: self.state is TaskState.CLAIMED)
    @rule()
    def term_ends(self) -> None:
        """The claim's worker does not renew."""
        expire(self.database, self.entity_id)
        self.move(TaskState.EXPIRED)

    @precondition(lambda self: self.state is TaskState.SCHEDULED and not self.due)
    @rule()
    def time_comes(self) -> None:
        """The wait for the next try is over."""
        make_due(self.database, self.entity_id)
        self.due = True

    @rule(worker=WORKERS, end=ENDS)
    def finish(self, worker: str, end: TaskState) -> None:
        """A result counts exactly when its worker has the newest fence."""
        allowed = self.owns(worker)
        assert self.step(lambda uow: uow.tasks.finish(self.task_id, self.seen.get(worker, -1))) == allowed
        if allowed:
            self.move(end)

    @rule(worker=WORKERS, delay=st.sampled_from((0.0, 60.0)))
    def release(self, worker: str, delay: float) -> None:
        """A task is given back exactly by the worker with the newest fence."""
        allowed = self.owns(worker)
        released = self.step(
            lambda uow: uow.tasks.release(self.task_id, self.seen.get(worker, -1), delay=delay, error="E")
        )
        assert released == allowed
        if allowed:
            self.move(TaskState.SCHEDULED)
            self.due = delay == 0.0

    @rule(worker=WORKERS)
    def renew(self, worker: str) -> None:
        """A claim is renewed exactly by the worker with the newest fence."""
        allowed = self.owns(worker)
        assert self.step(lambda uow: uow.tasks.renew(self.task_id, self.seen.get(worker, -1), 30)) == allowed
        if allowed:
            self.state = TaskState.CLAIMED

    @rule(worker=WORKERS)
    def holder_dies(self, worker: str) -> None:
        """The claims of a dead worker are freed; the task is due at once, and its fence stays."""
        allowed = self.owns(worker)
        assert self.step(lambda uow: uow.tasks.free_claims_of(worker) == 1) == allowed
        if allowed:
            self.move(TaskState.SCHEDULED)
            self.due = True

    @invariant()
    def row_agrees(self) -> None:
        """The row, where there is one, says what the model says."""
        if not hasattr(self, "entity_id"):
            return
        task = find_task(self.database, self.entity_id)
        assert (task is None) == self.ended()
        if task is None:
            return
        assert task.fence == task.attempts == self.fence
        if self.state is TaskState.SCHEDULED:
            assert task.claimed_by is None
            return
        assert task.claimed_by is not None
        assert task.claim_expires is not None
        expired = task.claim_expires <= database_now(self.database)
        assert expired == (self.state is TaskState.EXPIRED)

    @invariant()
    def due_agrees(self) -> None:
        """The database offers the task exactly when the model would let it be claimed."""
        if not hasattr(self, "entity_id"):
            return
        offered = self.step(lambda uow: uow.tasks.is_due(NAME, self.entity_id))
        assert offered == (
            self.state is TaskState.EXPIRED or (self.state is TaskState.SCHEDULED and self.due)
        )


def test_every_sequence_of_claims_keeps_to_the_table(sqlite_database: Database) -> None:
    """Whatever workers do, the row moves as TASK_MOVES permits, and only the newest fence counts."""
    machine: Any = type("Machine", (ClaimMachine,), {"database": sqlite_database})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=40, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
