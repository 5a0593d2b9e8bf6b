"""A crash or a lost claim at each step of a try, on every database: nothing half done, and the order ends."""

from collections.abc import Callable
from typing import Any

import pytest

from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.states import OrderStatus, TaskStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.kinds import of_order
from barbican_like.queue.outcome import Done, Failed, Retry
from barbican_like.queue.run import Run
from barbican_like.tasks.resources import AcceptedOrder, BeginTypeOrder, OrderResult
from tests.support.fabric import Fabric
from tests.support.tasks import find_task, lose, make_due, open_task, take_over

STEPS = (
    "before retrieve_entity",
    "after retrieve_entity",
    "before handle_processing",
    "after handle_processing",
    "before handle_success",
    "after handle_success",
)
KINDS = pytest.mark.parametrize(
    ("kind", "made"),
    [
        ({"type": "key"}, (1, 0)),
        ({"type": "asymmetric", "meta": {"name": "n", "algorithm": "ed25519", "bit_length": 256}}, (2, 1)),
    ],
    ids=["key", "asymmetric"],
)


class Crash(Exception):
    """Stands for whatever ends a try."""


class StoppableTask(BeginTypeOrder):
    """Does what a test wants at each step of a try, by the step's name."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.at: dict[str, Callable[[Task], None]] = {}

    def reach(self, step: str, task: Task) -> None:
        """One step, once."""
        self.at.pop(step, lambda _: None)(task)

    def retrieve_entity(self, view: Reading, task: Task) -> AcceptedOrder | None:
        """As it is, with the steps around it."""
        self.reach("before retrieve_entity", task)
        found = super().retrieve_entity(view, task)
        self.reach("after retrieve_entity", task)
        return found

    def handle_processing(self, run: Run, entity: AcceptedOrder) -> OrderResult:
        """As it is, with the steps around it."""
        self.reach("before handle_processing", run.task)
        work = super().handle_processing(run, entity)
        self.reach("after handle_processing", run.task)
        return work

    def handle_success(self, uow: UnitOfWork, task: Task, entity: AcceptedOrder, work: OrderResult) -> None:
        """As it is, with the steps around it."""
        self.reach("before handle_success", task)
        super().handle_success(uow, task, entity, work)
        self.reach("after handle_success", task)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """As it is, with the steps around it."""
        self.reach("before handle_error", task)
        super().handle_error(uow, task, failure)
        self.reach("after handle_error", task)


class Stage:
    """A worker that can be stopped anywhere, with one order."""

    def __init__(self, database: Database, **order: Any) -> None:
        self.fabric = Fabric(database, task_class=StoppableTask)
        self.order = self.fabric.place(**order)
        self.kind = of_order(self.order.type).name

    def stop(self, step: str, action: Callable[[Task], None]) -> None:
        """Do ``action`` at the next time that the step is reached."""
        assert isinstance(self.fabric.order_task, StoppableTask)
        self.fabric.order_task.at[step] = action

    def try_once(self) -> object:
        """One try."""
        return self.fabric.try_once(self.order)

    def status(self) -> OrderStatus:
        """The order's."""
        return self.fabric.read(self.order).status

    def finishes_with(self, made: tuple[int, int]) -> bool:
        """Whether the next try ends the order with exactly that many secrets and containers."""
        return (
            self.try_once() == Done()
            and self.status() is OrderStatus.ACTIVE
            and self.fabric.made() == made
            and find_task(self.fabric.database, self.order.id, self.kind) is None
        )


def crash(_: Task) -> None:
    """Raise."""
    raise Crash


@KINDS
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_nothing_and_the_next_try_ends_the_order(
    database: Database, step: str, kind: dict[str, Any], made: tuple[int, int]
) -> None:
    """What the try had written is rolled back whole, and the retry is recorded."""
    stage = Stage(database, **kind)
    stage.stop(step, crash)
    assert isinstance(stage.try_once(), Retry)
    assert (stage.status(), stage.fabric.made()) == (OrderStatus.PENDING, (0, 0))
    assert open_task(database, stage.order.id, stage.kind).last_error == "Crash"
    make_due(database, stage.order.id)
    assert stage.finishes_with(made)


@KINDS
@pytest.mark.parametrize("step", STEPS[:4])
def test_a_claim_lost_meanwhile_writes_nothing_and_the_order_ends(
    database: Database, step: str, kind: dict[str, Any], made: tuple[int, int]
) -> None:
    """Another worker took the task just then and died: the first leaves it alone, a third one ends it."""
    stage = Stage(database, **kind)
    stage.stop(step, lambda task: take_over(database, task.entity_id, task.name))
    assert stage.try_once() is None
    assert (stage.status(), stage.fabric.made()) == (OrderStatus.PENDING, (0, 0))
    task = open_task(database, stage.order.id, stage.kind)
    assert (task.fence, task.claimed_by) == (2, "another")
    lose(database, stage.order.id)
    assert stage.finishes_with(made)


@KINDS
def test_a_commit_that_fails_leaves_nothing(
    database: Database, kind: dict[str, Any], made: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database takes no commit once: the try counts as failed."""
    stage = Stage(database, **kind)

    def refuse(_: Task) -> None:
        def commit(uow: UnitOfWork) -> None:
            monkeypatch.undo()
            raise Crash

        monkeypatch.setattr(UnitOfWork, "commit", commit)

    stage.stop("after handle_success", refuse)
    assert isinstance(stage.try_once(), Retry)
    assert stage.fabric.made() == (0, 0)
    make_due(database, stage.order.id)
    assert stage.finishes_with(made)


@KINDS
def test_a_commit_whose_answer_is_lost_counts(
    database: Database, kind: dict[str, Any], made: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was done although the worker saw an error: the result stays, and nothing is done twice."""
    stage = Stage(database, **kind)
    commit = UnitOfWork.commit

    def lose(_: Task) -> None:
        def commit_and_lose(uow: UnitOfWork) -> None:
            monkeypatch.undo()
            commit(uow)
            raise Crash

        monkeypatch.setattr(UnitOfWork, "commit", commit_and_lose)

    stage.stop("after handle_success", lose)
    assert stage.try_once() is None
    assert (stage.status(), stage.fabric.made()) == (OrderStatus.ACTIVE, made)
    assert stage.try_once() is None
    assert stage.fabric.made() == made


@pytest.mark.parametrize("step", ["before handle_error", "after handle_error"])
def test_a_crash_while_recording_the_end_is_made_good_by_a_sweep(database: Database, step: str) -> None:
    """The order stays PENDING with its task, whose claim is freed; the next try records the end."""
    stage = Stage(database, meta={"name": None, "algorithm": "no-such", "bit_length": 8})
    stage.stop(step, crash)
    assert stage.try_once() is None
    assert stage.status() is OrderStatus.PENDING
    stage.fabric.claims.compare()
    assert open_task(database, stage.order.id).status is TaskStatus.SCHEDULED
    make_due(database, stage.order.id)
    assert isinstance(stage.try_once(), Failed)
    assert stage.status() is OrderStatus.ERROR
