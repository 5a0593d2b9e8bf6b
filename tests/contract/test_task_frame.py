"""The frame of a try: each ending is one transaction, alone or with others, on every database."""

from typing import Any

import pytest

from barbican_like.common.errors import (
    InvalidInput,
    Overloaded,
    TaskCancelled,
    TimeLimitReached,
    WorkerStops,
)
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.outcome import Again, Done, Failed, HandedBack, Retry
from tests.support.probe import PROBE, SHORT, Stage
from tests.support.tasks import failing_for, lose, make_due, set_task

GIVEN_UP = "Process Probe failure seen - please contact site administrator."


def raising(error: Exception) -> Any:
    """A step that raises."""

    def step(_: Any) -> None:
        raise error

    return step


def test_work_that_returns_nothing_is_written_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an entity that is gone means that there is nothing to write."""
    stage = Stage(database)
    monkeypatch.setattr(stage.task, "handle_processing", lambda _run, _entity: None)
    entity = stage.owe()
    assert stage.try_once(entity) == Done()
    assert (stage.is_done(entity), stage.row(entity)) == (True, None)


def test_an_entity_that_is_gone_ends_its_task(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is worked or written."""
    stage = Stage(database)
    monkeypatch.setattr(stage.task, "retrieve_entity", lambda _view, _task: None)
    entity = stage.owe()
    assert stage.try_once(entity) == Done()
    assert (stage.is_done(entity), stage.row(entity)) == (False, None)


@pytest.mark.parametrize(("delay", "status"), [(0.0, TaskStatus.READY), (60.0, TaskStatus.SCHEDULED)])
def test_a_task_that_goes_on_keeps_its_part(database: Database, delay: float, status: TaskStatus) -> None:
    """Its part is committed with the return of its row."""
    stage = Stage(database)
    stage.task.at["success"] = lambda _: Again(delay)
    entity = stage.owe()
    assert stage.try_once(entity) == Again(delay)
    row = stage.row(entity)
    assert row is not None
    assert (stage.is_done(entity), row.status, row.attempts) == (True, status, 0)


def test_a_task_asked_for_while_it_is_worked_goes_round_again(database: Database) -> None:
    """As often as it takes until what was seen is what is wanted."""
    stage = Stage(database)
    entity = stage.owe()
    stage.task.at["work"] = lambda _: stage.ensure(entity)
    assert stage.try_once(entity) == Again()
    stage.task.at.clear()
    assert stage.try_once(entity) == Done()
    assert stage.row(entity) is None


def test_what_a_caller_did_wrong_ends_at_once(database: Database) -> None:
    """The entity is told the sentence; no row stays."""
    stage = Stage(database)
    stage.task.at["work"] = raising(InvalidInput("Bad"))
    entity = stage.owe()
    failure = Failed("400", "Process Probe issue seen - Bad.", "InvalidInput")
    assert stage.try_once(entity) == failure
    assert (stage.task.failures, stage.row(entity)) == ([(entity, failure)], None)


@pytest.mark.parametrize("error", [Overloaded(), OSError(28, "full"), MemoryError()])
def test_trouble_of_the_machine_never_ends_a_task(database: Database, error: Exception) -> None:
    """After a year of it the task is still tried."""
    stage = Stage(database)
    stage.task.at["work"] = raising(error)
    entity = stage.owe()
    failing_for(database, entity, 31_536_000)
    outcome = stage.try_once(entity)
    assert isinstance(outcome, Retry)
    assert not outcome.own_fault


def test_a_failure_of_its_own_ends_a_task_after_its_patience(database: Database) -> None:
    """Not a second before; the row stays for an operator."""
    stage = Stage(database)
    stage.task.at["work"] = raising(RuntimeError())
    entity = stage.owe()
    patience = PROBE.retries.patience
    failing_for(database, entity, patience - 60)
    assert isinstance(stage.try_once(entity), Retry)
    make_due(database, entity)
    failing_for(database, entity, patience + 1)
    assert stage.try_once(entity) == Failed("500", GIVEN_UP, "RuntimeError", dead=True)
    row = stage.row(entity)
    assert row is not None
    assert (row.status, row.last_error) == (TaskStatus.DEAD, "RuntimeError")


def test_arguments_that_cannot_be_read_end_a_task_at_once(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log without a traceback; the entity is told, and the row stays for an operator."""
    stage = Stage(database)
    entity = stage.owe()
    set_task(database, entity, kwargs="{")
    with stage.running():
        stage.wait_for(lambda ended: entity in ended)
    assert stage.ended[entity] == [Failed("500", GIVEN_UP, "Unreadable", dead=True)]
    assert [entity for entity, _ in stage.task.failures] == [entity]
    assert "Traceback" not in caplog.text
    assert caplog.text.count("task.failed") == 1


def test_a_cancelled_task_ends_and_its_entity_is_told(database: Database) -> None:
    """While it waits, and while it is dead; nothing is worked, and no row stays."""
    stage = Stage(database)
    for status in (TaskStatus.READY, TaskStatus.DEAD):
        entity = stage.owe()
        set_task(database, entity, status=status)
        row = stage.row(entity)
        assert row is not None
        with UnitOfWork(database) as uow:
            assert uow.task_desk.cancel(row.id)
            uow.commit()
        outcome = stage.try_once(entity)
        assert isinstance(outcome, Failed)
        assert (outcome.error, stage.row(entity), stage.is_done(entity)) == ("TaskCancelled", None, False)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(WorkerStops(), HandedBack), (TaskCancelled(), Failed), (TimeLimitReached(), Retry)],
)
def test_an_interruption_ends_the_try(database: Database, error: Any, expected: type) -> None:
    """At the next checkpoint of its work."""
    stage = Stage(database)

    def work(run: Any) -> None:
        run.checkpoint()
        run.interrupt(type(error))
        run.checkpoint()
        pytest.fail("the checkpoint let it go on")

    stage.task.at["work"] = work
    entity = stage.owe()
    assert isinstance(stage.try_once(entity), expected)
    row = stage.row(entity)
    assert (row.attempts if row else None) == {HandedBack: 0, Failed: None, Retry: 1}[expected]


def test_short_tasks_share_a_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight results, one transaction."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(8)]
    runs = stage.claims.take(SHORT, 8)
    commits: list[int] = []
    commit = UnitOfWork.commit
    monkeypatch.setattr(UnitOfWork, "commit", lambda uow: (commits.append(1), commit(uow))[1])
    assert stage.task.process_together(runs) == [Done()] * 8
    assert (len(commits), all(map(stage.is_done, entities))) == (1, True)
    assert stage.claims.held() == []


@pytest.mark.parametrize("step", ["retrieve", "work", "success"])
@pytest.mark.parametrize("error", [RuntimeError(), InvalidInput("Bad")])
def test_one_that_fails_takes_no_other_with_it(database: Database, step: str, error: Exception) -> None:
    """Of eight that are worked together the fourth fails: the others are done, each once."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(8)]

    def fail(value: Any) -> None:
        if getattr(value, "task", value).entity_id == entities[3]:
            raise error

    stage.task.at[step] = fail
    outcomes = stage.try_together()
    assert [isinstance(outcome, Done) for outcome in outcomes] == [n != 3 for n in range(8)]
    assert [stage.is_done(entity) for entity in entities] == [n != 3 for n in range(8)]
    assert isinstance(outcomes[3], Failed if isinstance(error, InvalidInput) else Retry)


def test_one_that_was_lost_takes_no_other_with_it(database: Database) -> None:
    """Its result is not written, the others' are."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(4)]
    runs = stage.claims.take(SHORT, 4)
    lose(database, entities[1])
    assert stage.task.process_together(runs) == [Done(), None, Done(), Done()]
    assert [stage.is_done(entity) for entity in entities] == [True, False, True, True]


def test_one_that_goes_on_has_a_commit_of_its_own(database: Database) -> None:
    """It may be among short ones all the same."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(3)]
    stage.task.at["success"] = lambda task: Again(60) if task.entity_id == entities[0] else None
    assert stage.try_together() == [Again(60), Done(), Done()]
    assert all(map(stage.is_done, entities))


def test_trouble_of_one_takes_no_other_with_it(database: Database) -> None:
    """What looks like the machine's fault may be one task's: each is written by itself."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(4)]

    def fail(task: Any) -> None:
        if task.entity_id == entities[1]:
            raise Overloaded

    stage.task.at["success"] = fail
    outcomes = stage.try_together()
    assert [isinstance(outcome, Done) for outcome in outcomes] == [True, False, True, True]
    assert isinstance(outcomes[1], Retry)
    assert not outcomes[1].own_fault


def test_where_nothing_can_be_written_all_are_freed_for_another_try(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first no other waits in vain; the watch finds the rows that nobody works on."""
    stage = Stage(database)
    entities = [stage.owe(SHORT) for _ in range(3)]
    runs = stage.claims.take(SHORT, 3)
    tried: list[int] = []

    def refuse(_: UnitOfWork) -> None:
        tried.append(1)
        raise Overloaded

    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "commit", refuse)
        assert stage.task.process_together(runs) == [None] * 3
    assert len(tried) == 3  # the common one, the first one's own, and the record of its failure
    assert not any(map(stage.is_done, entities))
    stage.claims.compare()
    rows = [stage.row(entity, SHORT) for entity in entities]
    assert [row.status for row in rows if row] == [TaskStatus.SCHEDULED] * 3
    for entity in entities:
        make_due(database, entity)
    assert stage.try_together() == [Done()] * 3


def test_a_task_asked_for_again_after_its_cancellation_is_worked(database: Database) -> None:
    """The cancellation was of what was asked for until then."""
    stage = Stage(database)
    entity = stage.owe()
    (run,) = stage.claims.take(PROBE, 1)
    stage.ensure(entity)
    assert stage.task.end(run, TaskCancelled()) is not None
    row = stage.row(entity)
    assert row is not None
    assert (row.status, row.cancel_requested) == (TaskStatus.READY, False)
    assert stage.try_once(entity) == Done()
    assert stage.is_done(entity)


@pytest.mark.parametrize(
    ("error", "own_fault"),
    [(ConnectionRefusedError(111, "x"), True), (TimeoutError(), True), (OSError(24, "x"), False)],
)
def test_what_another_machine_refuses_is_no_trouble_of_ours(
    database: Database, error: Exception, own_fault: bool
) -> None:
    """A mail that is refused is given up in the end; a process without descriptors is not its fault."""
    stage = Stage(database)
    stage.task.at["work"] = raising(error)
    outcome = stage.try_once(stage.owe())
    assert isinstance(outcome, Retry)
    assert outcome.own_fault == own_fault


def test_a_row_at_work_is_not_taken_for_one_that_was_left(database: Database) -> None:
    """The watch leaves what is claimed and held alone, also while it waits for a thread."""
    stage = Stage(database)
    entity = stage.owe()
    (run,) = stage.claims.take(PROBE, 1)
    stage.claims.compare()
    run.checkpoint()
    row = stage.row(entity)
    assert row is not None
    assert (row.status, row.fence) == (TaskStatus.CLAIMED, 1)


def test_progress_is_shown_in_the_row(database: Database) -> None:
    """The last that was told, at the next look of the watch."""
    stage = Stage(database)
    entity = stage.owe()
    (run,) = stage.claims.take(PROBE, 1)
    for text in ("1 of 3", "2 of 3"):
        run.progress(text)
    stage.claims.tell_progress()
    row = stage.row(entity)
    assert row is not None
    assert row.progress == "2 of 3"
