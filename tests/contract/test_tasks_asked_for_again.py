"""Tasks that are asked for again and again: one row for each entity, worked until all asked for is done."""

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.tasks import (
    NAME,
    claim,
    claimed,
    end,
    end_with,
    find_task,
    look,
    make_due,
    open_lease,
    open_task,
)
from tests.support.threads import at_once


def ensure(database: Database, entity_id: str) -> None:
    """Ask for the task of an entity, whether or not it has one."""
    with UnitOfWork(database) as uow:
        uow.tasks.ensure(name=NAME, entity_id=entity_id, project_id="p", kwargs={}, cost=1)
        uow.commit()


def test_asked_for_again_it_is_one_row_that_counts(database: Database) -> None:
    """A ready one stays, one that waits for its next part is ready at once."""
    entity_id = ids.new_id()
    for wanted in (1, 2):
        ensure(database, entity_id)
        assert open_task(database, entity_id).wanted == wanted
    assert end(database, claimed(database, entity_id), "again later")
    ensure(database, entity_id)
    row = open_task(database, entity_id)
    assert (row.wanted, row.status, row.due_at) == (3, TaskStatus.READY, None)


def test_asked_for_again_one_that_failed_keeps_its_pause(database: Database) -> None:
    """However often it is asked for it does not fail more often; and a dead one stays dead."""
    entity_id = ids.new_id()
    ensure(database, entity_id)
    failed = end_with(database, entity_id, own_fault=True)
    ensure(database, entity_id)
    row = open_task(database, entity_id)
    assert (row.wanted, row.status, row.due_at) == (2, TaskStatus.SCHEDULED, failed.due_at)
    make_due(database, entity_id)
    assert end(database, claimed(database, entity_id), "bury")
    ensure(database, entity_id)
    assert (open_task(database, entity_id).wanted, look(database)) == (3, ([], False))


def test_asked_for_while_it_is_worked_it_does_not_end(database: Database) -> None:
    """Who works it is told, also where it is one of several, and lets it go round again."""
    entity_id = ids.new_id()
    ensure(database, entity_id)
    task = claimed(database, entity_id)
    ensure(database, entity_id)
    assert not end(database, task, "finish")
    with UnitOfWork(database) as uow:
        assert not uow.tasks.finish_many([task])
    assert end(database, task, "again")
    assert end(database, claimed(database, entity_id), "finish")
    assert find_task(database, entity_id) is None


def test_rows_asked_for_more_than_once_are_finished_together(database: Database) -> None:
    """What was seen is what counts, not how often it was asked for."""
    entities = [ids.new_id() for _ in range(3)]
    for entity_id in [*entities, *entities]:
        ensure(database, entity_id)
    together = [claimed(database, entity_id) for entity_id in entities]
    with UnitOfWork(database) as uow:
        assert uow.tasks.finish_many(together)
        uow.commit()
    assert [find_task(database, entity_id) for entity_id in entities] == [None] * 3


def test_asking_and_ending_at_once_never_deadlock(database: Database) -> None:
    """Four objects, asked for by two threads while two others claim and end their tasks: no error."""
    entities = [ids.new_id() for _ in range(4)]
    for number in range(2):
        open_lease(database, f"worker-{number}")

    def ask_or_end(number: int) -> None:
        for step in range(40):
            entity_id = entities[step % 4]
            if number < 2:
                ensure(database, entity_id)
                continue
            task = claim(database, entity_id, f"worker-{number - 2}")
            if task is not None and not end(database, task, "finish"):
                end(database, task, "again")

    at_once(4, ask_or_end)
    for entity_id in entities:
        task = claim(database, entity_id)
        assert task is None or end(database, task, "finish")


def test_of_two_that_ask_at_once_both_count(database: Database) -> None:
    """One row, asked for eight times by eight threads."""
    entity_id = ids.new_id()
    at_once(8, lambda _: ensure(database, entity_id))
    assert open_task(database, entity_id).wanted == 8
