"""One task against a model: whatever is done to it, its row moves as TASK_MOVES permits, on SQLite."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.states import TASK_MOVES, TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.databases import clear
from tests.support.tasks import NAME, add_task, claim, find_task, open_lease, set_task

WORKERS = st.sampled_from(("worker-1", "worker-2", "worker-3"))
PAST = "2000-01-01 00:00:00.000000"


class ClaimMachine(RuleBasedStateMachine):
    """One task, three workers, each with whatever claim it last had."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        clear(self.database)
        self.state = TaskStatus.READY
        self.fence = 0
        self.seen: dict[str, Task] = {}  # worker -> its last claim

    @initialize(delayed=st.booleans())
    def write(self, delayed: bool) -> None:
        """A task is written, ready now or later."""
        self.entity_id = add_task(self.database, delay=60.0 if delayed else 0.0)
        self.state = TaskStatus.SCHEDULED if delayed else TaskStatus.READY

    def move(self, new: TaskStatus) -> None:
        """The model moves on, by the product's own table."""
        TASK_MOVES.require(self.state, new)
        self.state = new

    def owns(self, worker: str) -> bool:
        """The rule of the fence: a worker's is the newest, and the task is still claimed."""
        last = self.seen.get(worker)
        return self.state is TaskStatus.CLAIMED and last is not None and last.fence == self.fence

    def step(self, action: Callable[[UnitOfWork], Any]) -> Any:
        """One transaction."""
        with UnitOfWork(self.database) as uow:
            result = action(uow)
            uow.commit()
        return result

    def end(self, worker: str, new: TaskStatus, action: Callable[[UnitOfWork, Task], bool]) -> None:
        """An end of a claim counts exactly when its worker has the newest fence."""
        if worker not in self.seen:
            return
        allowed = self.owns(worker)
        assert self.step(lambda uow: action(uow, self.seen[worker])) == allowed
        if allowed:
            self.move(new)

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        """A claim succeeds exactly when the task is ready."""
        task = claim(self.database, self.entity_id, worker)
        assert (task is not None) == (self.state is TaskStatus.READY)
        if task is not None:
            self.move(TaskStatus.CLAIMED)
            self.fence += 1
            self.seen[worker] = task
            assert (task.fence, task.claimed_by) == (self.fence, worker)

    @rule()
    def time_comes(self) -> None:
        """The wait is over: promotion makes it ready, and nothing else."""
        if self.state is TaskStatus.SCHEDULED:
            set_task(self.database, self.entity_id, due_at=None)
            with self.database.writing() as connection:
                connection.exec_driver_sql(f"UPDATE tasks SET due_at = '{PAST}'")  # noqa: S608
        promoted = self.step(lambda uow: uow.tasks.promote(10))
        assert promoted == (self.state is TaskStatus.SCHEDULED)
        if promoted:
            self.move(TaskStatus.READY)

    @rule(worker=WORKERS, together=st.booleans())
    def finish(self, worker: str, together: bool) -> None:
        """A result."""
        self.end(
            worker,
            TaskStatus.DONE,
            lambda uow, task: uow.tasks.finish_many([task]) if together else uow.tasks.finish(task),
        )

    @rule(worker=WORKERS)
    def hand_back(self, worker: str) -> None:
        """A worker stops."""
        self.end(worker, TaskStatus.READY, lambda uow, task: uow.tasks.hand_back(task))

    @rule(worker=WORKERS, delay=st.sampled_from((0.0, 60.0)))
    def again(self, worker: str, delay: float) -> None:
        """A task goes on."""
        new = TaskStatus.SCHEDULED if delay else TaskStatus.READY
        self.end(worker, new, lambda uow, task: uow.tasks.again(task, delay))

    @rule(worker=WORKERS, own_fault=st.booleans())
    def try_later(self, worker: str, own_fault: bool) -> None:
        """A try failed."""
        self.end(
            worker,
            TaskStatus.SCHEDULED,
            lambda uow, task: uow.tasks.try_later(task, delay=60, error="E", own_fault=own_fault),
        )

    @rule(worker=WORKERS)
    def bury(self, worker: str) -> None:
        """A task is given up."""
        self.end(worker, TaskStatus.DEAD, lambda uow, task: uow.tasks.bury(task, "E"))

    @rule(worker=WORKERS)
    def lease_is_taken_away(self, worker: str) -> None:
        """A worker is dead: its claim is freed, and nobody else's."""
        open_lease(self.database, worker)
        allowed = self.owns(worker)
        before = find_task(self.database, self.entity_id)

        def take_away(uow: UnitOfWork) -> int | None:
            (lease,) = (lease for lease in uow.leases.list() if lease.id == worker)
            return uow.leases.take_away(lease)

        assert self.step(take_away) == allowed
        if allowed:
            assert before is not None
            self.move(TaskStatus.SCHEDULED if before.losses >= 3 else TaskStatus.READY)

    @rule()
    def operator_retries(self) -> None:
        """A dead or waiting task is ready at once; no other is touched."""
        row = find_task(self.database, self.entity_id)
        if row is None:
            return
        allowed = self.state in {TaskStatus.DEAD, TaskStatus.SCHEDULED}
        assert self.step(lambda uow: uow.task_desk.retry(row.id)) == allowed
        if allowed:
            self.move(TaskStatus.READY)

    @invariant()
    def row_agrees(self) -> None:
        """The row, where there is one, says what the model says; only a scheduled one has a time."""
        if not hasattr(self, "entity_id"):
            return
        task = find_task(self.database, self.entity_id)
        assert (task is None) == (self.state in TASK_MOVES.finals())
        if task is not None:
            assert (task.status, task.fence) == (self.state, self.fence)
            assert (task.due_at is not None) == (self.state is TaskStatus.SCHEDULED)
            assert (task.claimed_by is not None) == (self.state is TaskStatus.CLAIMED)

    @invariant()
    def look_agrees(self) -> None:
        """A worker sees the task exactly when it may be claimed."""
        if hasattr(self, "entity_id"):
            ready, _ = self.step(lambda uow: uow.tasks.look([NAME]))
            assert bool(ready) == (self.state is TaskStatus.READY)


def test_every_sequence_of_steps_keeps_to_the_table(sqlite_database: Database) -> None:
    """Whatever workers and operators do, only the newest fence counts."""
    machine: Any = type("Machine", (ClaimMachine,), {"database": sqlite_database})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=40, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
