"""The port of tasks: claims with a fence and a term in the database's clock, on every database."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.tasks import (
    NAME,
    add_task,
    bump_fence,
    claim,
    claimed,
    database_now,
    expire,
    find_task,
    make_due,
    open_task,
)
from tests.support.threads import at_once


def due(database: Database, limit: int = 100) -> list[str]:
    """Entities of the tasks that could be claimed now."""
    with Reading(database) as view:
        return [entity_id for _, entity_id in view.tasks.list_due(limit)]


def is_due(database: Database, entity_id: str) -> bool:
    """Whether that one could be claimed now."""
    with Reading(database) as view:
        return view.tasks.is_due(NAME, entity_id)


def test_a_new_task_reads_back_unclaimed_and_due(database: Database) -> None:
    """Its arguments are kept as they are, its times are the database's."""
    before, entity_id, task_id = database_now(database), ids.new_id(), ids.new_id()
    kwargs = {"project_id": "p\u00e9\U0001f511", "nested": {"list": [1, None, "\\"]}}
    with UnitOfWork(database) as uow:
        uow.tasks.add(task_id=task_id, name=NAME, entity_id=entity_id, kwargs=kwargs, max_attempts=3)
        uow.commit()
    task = open_task(database, entity_id)
    assert (task.id, task.name, task.kwargs, task.max_attempts) == (task_id, NAME, kwargs, 3)
    assert (task.attempts, task.fence, task.claimed_by, task.claim_expires) == (0, 0, None, None)
    assert before - timedelta(milliseconds=2) <= task.run_at <= database_now(database)
    assert is_due(database, entity_id)


def test_a_task_is_unique_for_its_name_and_entity(database: Database) -> None:
    """While one is open a second cannot be written; another entity's can."""
    entity_id = add_task(database)
    with pytest.raises(IntegrityError):
        add_task(database, entity_id)
    add_task(database)
    assert len(due(database)) == 2


def test_a_task_is_not_due_before_its_time(database: Database) -> None:
    """A delayed one is neither listed nor claimed; when its time has come it is both."""
    entity_id = add_task(database, delay=60)
    assert (due(database), is_due(database, entity_id), claim(database, entity_id)) == ([], False, None)
    make_due(database, entity_id)
    assert due(database) == [entity_id]
    assert claim(database, entity_id) is not None


def test_due_tasks_are_listed_by_priority_then_by_time(database: Database) -> None:
    """The lower number first; of equals the one that is due longer; not more than asked for."""
    late, early = add_task(database), add_task(database, delay=-5)
    urgent, idle = add_task(database, priority=1), add_task(database, priority=9, delay=-9)
    assert due(database) == [urgent, early, late, idle]
    assert due(database, limit=2) == [urgent, early]


def test_a_claim_holds_for_its_term_and_counts_the_try(database: Database) -> None:
    """The row says who, until when by the database's clock, which try and which fence."""
    entity_id = add_task(database)
    before = database_now(database)
    task = claimed(database, entity_id, "worker-1", term=30)
    assert (task.claimed_by, task.attempts, task.fence) == ("worker-1", 1, 1)
    assert task.claim_expires is not None
    assert timedelta(seconds=29.9) < task.claim_expires - before < timedelta(seconds=40)
    assert task == open_task(database, entity_id)
    assert (due(database), claim(database, entity_id, "worker-2")) == ([], None)


def test_an_unknown_task_cannot_be_claimed(database: Database) -> None:
    """Neither an entity without a task, nor another name for one that has it."""
    entity_id = add_task(database)
    assert claim(database, ids.new_id()) is None
    with UnitOfWork(database) as uow:
        assert uow.tasks.claim("another_name", entity_id, "worker", 30) is None


def test_of_many_that_claim_a_task_at_once_one_gets_it(database: Database) -> None:
    """Eight threads, each with a connection of its own, five times over."""
    for _ in range(5):
        entity_id = add_task(database)
        tasks = at_once(8, lambda number, entity=entity_id: claim(database, entity, f"worker-{number}"))
        (winner,) = [task for task in tasks if task is not None]
        assert open_task(database, entity_id) == winner
        assert winner.fence == 1


def test_many_workers_share_many_tasks_without_a_double(database: Database) -> None:
    """Six workers that take what they can from twenty tasks take each exactly once."""
    entities = [add_task(database) for _ in range(20)]

    def take_all(number: int) -> list[str]:
        return [entity for entity in entities if claim(database, entity, f"worker-{number}") is not None]

    taken = [entity for part in at_once(6, take_all) for entity in part]
    assert sorted(taken) == sorted(entities)


def test_an_expired_claim_may_be_taken_over(database: Database) -> None:
    """Another worker gets it, with a higher fence and the try counted."""
    entity_id = add_task(database)
    claimed(database, entity_id, "worker-1")
    expire(database, entity_id)
    assert due(database) == [entity_id]
    task = claimed(database, entity_id, "worker-2")
    assert (task.claimed_by, task.attempts, task.fence) == ("worker-2", 2, 2)


def test_a_renewed_claim_holds_another_term(database: Database) -> None:
    """From now on by the database's clock; it changes nothing else."""
    entity_id = add_task(database)
    task = claimed(database, entity_id, term=30)
    with UnitOfWork(database) as uow:
        assert uow.tasks.renew(task.id, task.fence, 300)
        uow.commit()
    renewed = open_task(database, entity_id)
    assert task.claim_expires is not None
    assert renewed.claim_expires is not None
    assert renewed.claim_expires - task.claim_expires > timedelta(seconds=269)
    assert (renewed.fence, renewed.attempts, renewed.claimed_by) == (task.fence, 1, task.claimed_by)


def test_a_released_task_waits_for_its_next_try(database: Database) -> None:
    """It is unclaimed and not due before the delay is over; the error is noted, cut to what fits."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    before = database_now(database)
    with UnitOfWork(database) as uow:
        assert uow.tasks.release(task.id, task.fence, delay=60, error="E" * 300)
        uow.commit()
    released = open_task(database, entity_id)
    assert (released.claimed_by, released.claim_expires, released.last_error) == (None, None, "E" * 255)
    assert timedelta(seconds=59.9) < released.run_at - before < timedelta(seconds=70)
    assert (released.attempts, released.fence) == (1, 1)
    assert claim(database, entity_id) is None
    make_due(database, entity_id)
    assert claimed(database, entity_id).fence == 2


def test_a_finished_task_has_no_row(database: Database) -> None:
    """It cannot be found, claimed or finished again; the same work may be owed anew."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    with UnitOfWork(database) as uow:
        assert uow.tasks.finish(task.id, task.fence)
        assert not uow.tasks.finish(task.id, task.fence)
        uow.commit()
    assert find_task(database, entity_id) is None
    assert claim(database, entity_id) is None
    add_task(database, entity_id)


@pytest.mark.parametrize("verb", ["finish", "release", "renew"])
def test_a_worker_whose_task_was_taken_over_is_refused(database: Database, verb: str) -> None:
    """Its fence is old: nothing of the row changes, and it is told so."""
    entity_id = add_task(database)
    late = claimed(database, entity_id, "worker-1")
    expire(database, entity_id)
    claimed(database, entity_id, "worker-2")
    as_it_was = open_task(database, entity_id)
    with UnitOfWork(database) as uow:
        done = {
            "finish": lambda: uow.tasks.finish(late.id, late.fence),
            "release": lambda: uow.tasks.release(late.id, late.fence, delay=0, error="late"),
            "renew": lambda: uow.tasks.renew(late.id, late.fence, 30),
        }[verb]()
        uow.commit()
    assert done is False
    assert open_task(database, entity_id) == as_it_was


def test_a_late_worker_may_finish_while_nobody_has_claimed_since(database: Database) -> None:
    """An expired claim is still the newest one."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    expire(database, entity_id)
    with UnitOfWork(database) as uow:
        assert uow.tasks.finish(task.id, task.fence)
        uow.commit()
    assert find_task(database, entity_id) is None


def test_of_two_workers_that_finish_at_once_one_is_refused(database: Database) -> None:
    """The same claim ends once, whatever the order of the transactions."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)

    def finish(_: int) -> bool:
        with UnitOfWork(database) as uow:
            done = uow.tasks.finish(task.id, task.fence)
            uow.commit()
        return done

    assert sorted(at_once(4, finish)) == [False, False, False, True]


def test_a_fence_that_grew_is_as_good_as_another_claim(database: Database) -> None:
    """What tests do to a claim by hand has the effect of a takeover."""
    entity_id = add_task(database)
    task = claimed(database, entity_id)
    bump_fence(database, entity_id)
    with UnitOfWork(database) as uow:
        assert not uow.tasks.finish(task.id, task.fence)


def test_claims_are_listed_and_freed_by_their_holder(database: Database) -> None:
    """Holders of living claims only; freeing one's claims leaves the others and the fences."""
    entities = [add_task(database) for _ in range(4)]
    for entity_id, worker in zip(entities, ("a", "a", "b", "c"), strict=True):
        claimed(database, entity_id, worker)
    expire(database, entities[3])
    with UnitOfWork(database) as uow:
        assert sorted(uow.tasks.holders()) == ["a", "b"]
        assert uow.tasks.free_claims_of("a") == 2
        uow.commit()
    assert set(due(database)) == {entities[0], entities[1], entities[3]}
    assert open_task(database, entities[0]).fence == 1


def test_discarding_removes_a_task_even_when_claimed(database: Database) -> None:
    """Its worker is refused afterwards; it is told whether there was anything to remove."""
    entity_id, other = add_task(database), add_task(database)
    task = claimed(database, entity_id)
    with UnitOfWork(database) as uow:
        removed = [uow.tasks.discard(task.id) for _ in range(2)]
        uow.commit()
    assert removed == [True, False]
    assert (find_task(database, entity_id), due(database)) == (None, [other])
    with UnitOfWork(database) as uow:
        assert not uow.tasks.finish(task.id, task.fence)
