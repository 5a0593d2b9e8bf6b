"""The port of task rows: ready ones in turns, claims with a fence, ends and returns, on every database."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from barbican_like.common import ids
from barbican_like.common.errors import ClaimLost
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support import databases
from tests.support.tasks import (
    NAME,
    add_task,
    bump_fence,
    claim,
    claim_next,
    claimed,
    database_now,
    end,
    end_with,
    find_task,
    look,
    lose,
    make_due,
    open_lease,
    open_task,
    set_task,
)
from tests.support.threads import at_once


def test_a_new_task_reads_back_ready(database: Database) -> None:
    """Its arguments are kept as they are, its time is the database's, and it has no time of its own."""
    before, entity_id = database_now(database), ids.new_id()
    kwargs = {"secret_id": "p\u00e9\U0001f511", "nested": {"list": [1, None, "\\"]}}
    with UnitOfWork(database) as uow:
        uow.tasks.add(name=NAME, entity_id=entity_id, project_id="p", kwargs=kwargs, cost=7)
        uow.commit()
    task = open_task(database, entity_id)
    assert (task.name, task.kwargs, task.project_id, task.cost) == (NAME, kwargs, "p", 7)
    assert (task.status, task.due_at, task.attempts, task.fence) == (TaskStatus.READY, None, 0, 0)
    assert (task.claimed_by, task.failing_for, task.cancel_requested) == (None, None, False)
    assert before - timedelta(milliseconds=2) <= task.created_at <= database_now(database)


def test_a_task_is_unique_for_its_name_and_entity(database: Database) -> None:
    """While one is open a second cannot be written; another entity's and another kind's can."""
    entity_id = add_task(database)
    with pytest.raises(IntegrityError):
        add_task(database, entity_id)
    add_task(database)
    add_task(database, entity_id, name="another_kind")
    assert look(database, NAME, "another_kind", "a third") == ([NAME, "another_kind"], False)


def test_a_task_is_not_ready_before_its_time(database: Database) -> None:
    """A delayed one is neither seen nor claimed; when its time has come, promotion makes it both."""
    entity_id = add_task(database, delay=60)
    with UnitOfWork(database) as uow:
        assert uow.tasks.promote(10) == 0
        uow.commit()
    assert (look(database), claim(database, entity_id)) == (([], False), None)
    set_task(database, entity_id, due_at=database_now(database) - timedelta(seconds=0.5))
    assert look(database) == ([], True)
    with UnitOfWork(database) as uow:
        assert uow.tasks.promote(10) == 1
        uow.commit()
    assert look(database) == ([NAME], False)
    assert claimed(database, entity_id).due_at is None


def test_promotion_goes_in_steps(database: Database) -> None:
    """As many as asked for; the rest shows at the next look."""
    for _ in range(3):
        set_task(database, add_task(database, delay=60), due_at=database_now(database) - timedelta(seconds=1))
    with UnitOfWork(database) as uow:
        assert (uow.tasks.promote(2), uow.tasks.promote(2), uow.tasks.promote(2)) == (2, 1, 0)
        uow.commit()


def test_rows_of_another_kind_are_never_claimed(database: Database) -> None:
    """A kind that a worker does not ask for costs it nothing, however many rows it has."""
    for _ in range(5):
        add_task(database, name="of_a_newer_version")
    mine = add_task(database)
    assert claim_next(database) == [mine]
    assert look(database) == ([], False)
    with Reading(database) as view:
        assert view.tasks.names() == ["of_a_newer_version", NAME]


def test_a_claim_counts_the_try(database: Database) -> None:
    """The row names the lease, which try and which fence; what the claimer gets is what the row says."""
    entity_id = add_task(database)
    task = claimed(database, entity_id, "a worker")
    assert (task.status, task.claimed_by, task.attempts, task.fence) == (TaskStatus.CLAIMED, "a worker", 1, 1)
    assert open_task(database, entity_id) == task
    assert (claim(database, entity_id), look(database)) == (None, ([], False))


def test_a_claim_needs_a_lease(database: Database) -> None:
    """A process whose lease was taken away cannot claim, and nothing of the row changes."""
    entity_id = add_task(database)
    with pytest.raises(ClaimLost), UnitOfWork(database) as uow:
        uow.tasks.claim(NAME, "no such lease", 10)
    assert open_task(database, entity_id).status is TaskStatus.READY


def test_of_many_that_claim_a_task_at_once_one_gets_it(database: Database) -> None:
    """Eight threads, each with a connection of its own, five times over."""
    for number in range(8):
        open_lease(database, f"worker-{number}")
    for _ in range(5):
        entity_id = add_task(database)
        winners = [w for w in at_once(8, lambda n: claim(database, entity_id, f"worker-{n}")) if w]  # noqa: B023
        assert [task.fence for task in winners] == [1]
        assert open_task(database, entity_id).claimed_by == winners[0].claimed_by


def test_many_workers_share_many_tasks_without_a_double(database: Database) -> None:
    """Six workers that claim batches of three take each of forty tasks exactly once."""
    entities = {add_task(database) for _ in range(40)}
    for number in range(6):
        open_lease(database, f"worker-{number}")

    def take_all(number: int) -> list[str]:
        taken: list[str] = []
        while batch := claim_next(database, 3, f"worker-{number}"):
            taken += batch
        return taken

    taken = [entity for share in at_once(6, take_all) for entity in share]
    rest = claim_next(database)  # a worker that found only locked rows has stopped early
    assert sorted(taken + rest) == sorted(entities)


ENDS = ("finish", "finish_many", "hand_back", "again", "again later", "try_later", "bury")


@pytest.mark.parametrize("verb", ENDS)
def test_a_worker_whose_task_was_taken_over_is_refused(database: Database, verb: str) -> None:
    """Its fence is old: nothing of the row changes, and it is told so."""
    entity_id = add_task(database)
    old = claimed(database, entity_id, "paused")
    lose(database, entity_id)
    new = claimed(database, entity_id, "quick")
    assert not end(database, old, verb)
    assert open_task(database, entity_id) == new


@pytest.mark.parametrize("verb", ENDS)
def test_a_claim_that_was_freed_is_over(database: Database, verb: str) -> None:
    """Although its fence is still the newest."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    lose(database, entity_id)
    freed = open_task(database, entity_id)
    assert not end(database, task, verb)
    assert open_task(database, entity_id) == freed


def test_a_fence_that_grew_is_as_good_as_another_claim(database: Database) -> None:
    """What tests do to a claim by hand has the effect of a takeover."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    bump_fence(database, entity_id)
    assert not end(database, task, "finish")
    assert not end(database, task, "finish_many")


def test_a_finished_task_has_no_row(database: Database) -> None:
    """It cannot be found, claimed or finished again; the same work may be owed anew."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    assert end(database, task, "finish")
    assert not end(database, task, "finish")
    assert (find_task(database, entity_id), claim(database, entity_id)) == (None, None)
    add_task(database, entity_id)
    assert claim(database, entity_id) is not None


def test_many_are_finished_together_or_not_at_all(database: Database) -> None:
    """One of three was lost: it is told so, and a rollback keeps the rows of the others."""
    entities = [add_task(database) for _ in range(3)]
    together = [claimed(database, entity_id) for entity_id in entities]
    lose(database, entities[1])
    with UnitOfWork(database) as uow:
        assert not uow.tasks.finish_many(together)
    statuses = [open_task(database, entity_id).status for entity_id in entities]
    assert statuses == [TaskStatus.CLAIMED, TaskStatus.READY, TaskStatus.CLAIMED]
    with UnitOfWork(database) as uow:
        assert uow.tasks.finish_many([together[0], together[2]])
        uow.commit()
    assert [find_task(database, entity_id) is None for entity_id in entities] == [True, False, True]


def test_a_task_that_failed_waits_and_its_patience_runs(database: Database) -> None:
    """The error is noted, cut to what fits; trouble of others does not start the clock, but stops it."""
    entity_id = add_task(database)
    waiting = end_with(database, entity_id, own_fault=False)
    assert (waiting.status, waiting.last_error, waiting.failing_for) == (
        TaskStatus.SCHEDULED,
        "x" * 255,
        None,
    )
    assert waiting.due_at is not None
    assert timedelta(seconds=55) < waiting.due_at - database_now(database) <= timedelta(seconds=60)
    for own_fault in (True, True, False):
        make_due(database, entity_id)
        assert (end_with(database, entity_id, own_fault=own_fault).failing_for is not None) == own_fault
    assert open_task(database, entity_id).attempts == 4


@pytest.mark.parametrize(("delay", "status"), [(0, TaskStatus.READY), (60, TaskStatus.SCHEDULED)])
def test_progress_begins_the_count_anew(database: Database, delay: float, status: TaskStatus) -> None:
    """A task that goes on has not failed, nor lost a worker, nor been tried."""
    entity_id = add_task(database)
    end_with(database, entity_id, own_fault=True)
    set_task(database, entity_id, losses=2)
    make_due(database, entity_id)
    task = claimed(database, entity_id)
    with UnitOfWork(database) as uow:
        assert uow.tasks.again(task, delay)
        uow.commit()
    row = open_task(database, entity_id)
    assert (row.status, row.attempts, row.losses, row.failing_for) == (status, 0, 0, None)
    assert (row.last_error, row.claimed_by, row.fence) == (None, None, 2)


def test_a_task_handed_back_was_not_tried(database: Database) -> None:
    """It is ready at once; only the fence shows that it was claimed."""
    entity_id = add_task(database)
    assert end(database, claimed(database, entity_id), "hand_back")
    row = open_task(database, entity_id)
    assert (row.status, row.attempts, row.fence, row.claimed_by) == (TaskStatus.READY, 0, 1, None)


def test_a_dead_task_is_seen_and_claimed_by_nobody(database: Database) -> None:
    """Its row stays, with the error."""
    entity_id = add_task(database)
    assert end(database, claimed(database, entity_id), "bury")
    row = open_task(database, entity_id)
    assert (row.status, row.last_error, row.claimed_by) == (TaskStatus.DEAD, "E", None)
    assert (look(database), claim(database, entity_id)) == (([], False), None)


def test_what_a_lease_holds_is_listed(database: Database) -> None:
    """Its own claims only, each with its fence and whether it is to be cancelled."""
    first, second, other = (add_task(database) for _ in range(3))
    one, two = claimed(database, first), claimed(database, second)
    claimed(database, other, "another")
    set_task(database, second, cancel_requested=True)
    with Reading(database) as view:
        held = view.tasks.held_by("worker")
    assert {row.id: (row.fence, row.cancel_requested) for row in held.values()} == {
        one.id: (1, False),
        two.id: (1, True),
    }


def test_progress_is_told_in_the_row_of_a_claim_only(database: Database) -> None:
    """A claim that was lost tells nothing; a long text is cut."""
    kept, lost = add_task(database), add_task(database)
    told = [(claimed(database, entity_id), "x" * 300) for entity_id in (kept, lost)]
    lose(database, lost)
    with UnitOfWork(database) as uow:
        uow.tasks.tell_progress(told)
        uow.commit()
    assert [open_task(database, entity_id).progress for entity_id in (kept, lost)] == ["x" * 255, None]


def test_arguments_that_cannot_be_read_are_none(database: Database) -> None:
    """A row that somebody wrote by hand is read as far as it can be."""
    for text in ("", "{", "[]", "null", '"text"'):
        entity_id = add_task(database)
        set_task(database, entity_id, kwargs=text)
        assert open_task(database, entity_id).kwargs is None


def test_discarding_removes_a_task_even_when_claimed(database: Database) -> None:
    """Its worker is refused afterwards; it is told whether there was anything to remove."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    with UnitOfWork(database) as uow:
        removed = [uow.tasks.discard(task.id) for _ in range(2)]
        uow.commit()
    assert removed == [True, False]
    assert not end(database, task, "finish")


@pytest.mark.parametrize("database", databases.KINDS[1:], indirect=True)  # SQLite has one writer
def test_a_row_is_locked_by_who_holds_it(database: Database) -> None:
    """Progress is not told while a result is being written: its row is left for the next time."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    with UnitOfWork(database) as result:
        assert result.tasks.hold(task)
        with UnitOfWork(database) as uow:
            uow.tasks.tell_progress([(task, "told")])
            uow.commit()
    with database.reading() as connection:
        assert connection.execute(sa.select(tasks.c.progress)).scalar_one() is None
