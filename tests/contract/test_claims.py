"""A worker process's claims: renewed while it lives, freed when it is dead, on every database."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from barbican_like.common.errors import ClaimLost, Overloaded
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.claims import Claims, WorkerIdentity, _create_time
from tests.support.tasks import NAME, add_task, claimed, expire, make_due, open_task, take_over

TERM = 30.0


@contextmanager
def another_process() -> Iterator[WorkerIdentity]:
    """A process of this machine that lives until the block ends, and is gone then."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield WorkerIdentity(socket.gethostname(), process.pid, _create_time(process.pid))
        process.kill()
        process.wait(timeout=30)


def holders(database: Database) -> set[str]:
    """Who holds a living claim."""
    with UnitOfWork(database) as uow:
        return set(uow.tasks.holders())


def test_claims_of_dead_processes_of_this_machine_are_freed(database: Database) -> None:
    """At the start of a worker, without waiting for their terms; how many is told."""
    with another_process() as dead:
        entities = [add_task(database) for _ in range(3)]
        for entity_id in entities:
            claimed(database, entity_id, str(dead))
        assert Claims(database, term=TERM).recover() == 0
    assert Claims(database, term=TERM).recover() == 3
    assert holders(database) == set()
    assert open_task(database, entities[0]).fence == 1


def test_claims_of_others_that_may_live_are_left(database: Database) -> None:
    """This process's, another machine's, and what cannot be read as a process."""
    me = WorkerIdentity.of_this_process()
    names = {str(me), str(WorkerIdentity("elsewhere", me.pid, me.started)), "by hand"}
    for name in names:
        claimed(database, add_task(database), name)
    assert Claims(database, term=TERM).recover() == 0
    assert holders(database) == names


def test_a_successor_with_the_same_process_id_does_not_keep_claims_alive(database: Database) -> None:
    """The process id is in use, but by a process that was created later."""
    me = WorkerIdentity.of_this_process()
    claimed(database, add_task(database), str(WorkerIdentity(me.host, os.getpid(), me.started - 100)))
    assert Claims(database, term=TERM).recover() == 1


def test_a_task_is_taken_once_and_only_when_due(database: Database) -> None:
    """Taken: nobody else's. Delayed or unknown: None."""
    entity_id, delayed = add_task(database), add_task(database, delay=60)
    claims = Claims(database, term=TERM)
    task = claims.take(NAME, entity_id)
    assert task is not None
    assert task.claimed_by == str(claims.worker)
    assert claims.take(NAME, entity_id) is None
    assert claims.take(NAME, delayed) is None
    assert claims.take("another_name", entity_id) is None


def test_a_wakeup_for_work_that_another_has_costs_no_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look is enough to see that there is nothing to claim."""
    entity_id = add_task(database)
    claimed(database, entity_id)
    monkeypatch.setattr(Database, "writing", lambda _: pytest.fail("a transaction was begun"))
    assert Claims(database, term=TERM).take(NAME, entity_id) is None


def test_claims_are_renewed_as_long_as_they_are_held(database: Database) -> None:
    """A term of a third of a second is extended again and again, until the task is forgotten."""
    entity_id = add_task(database)
    claims = Claims(database, term=0.6)
    task = claims.take(NAME, entity_id)
    assert task is not None
    renewed = threading.Event()
    renew = claims.renew

    def renew_and_tell() -> None:
        renew()
        renewed.set()

    claims.renew = renew_and_tell  # type: ignore[method-assign]
    claims.start()
    seen = {task.claim_expires}
    while len(seen) < 4:
        assert renewed.wait(30)
        renewed.clear()
        seen.add(open_task(database, entity_id).claim_expires)
        assert Claims(database, term=TERM).take(NAME, entity_id) is None
    claims.forget(task)
    claims.stop()
    expire(database, entity_id)
    claims.renew()
    assert Claims(database, term=TERM).take(NAME, entity_id) is not None


def test_a_lost_claim_is_renewed_no_longer(database: Database) -> None:
    """Another worker has it: its row is left alone, and the other claims of this one are renewed."""
    lost, kept = add_task(database), add_task(database)
    claims = Claims(database, term=TERM)
    assert claims.take(NAME, lost) is not None
    task = claims.take(NAME, kept)
    assert task is not None
    take_over(database, lost)
    theirs = open_task(database, lost)
    for _ in range(2):
        claims.renew()
    assert open_task(database, lost) == theirs
    assert open_task(database, kept).claim_expires != task.claim_expires


def test_renewals_outlive_a_database_that_is_busy(sqlite_database: Database) -> None:
    """A renewal that fails is followed by the next one."""
    claims = Claims(sqlite_database, term=0.03)
    tried, again = [], threading.Event()

    def renew() -> None:
        tried.append(1)
        if len(tried) == 3:
            again.set()
        raise Overloaded

    claims.renew = renew  # type: ignore[method-assign]
    claims.start()
    assert again.wait(30)
    claims.stop()


def test_a_result_needs_the_claim(database: Database) -> None:
    """Finishing and giving back raise where the claim was taken over, and where it was given back."""
    entity_id = add_task(database)
    claims = Claims(database, term=TERM)
    task = claims.take(NAME, entity_id)
    assert task is not None
    take_over(database, entity_id)
    with UnitOfWork(database) as uow:
        with pytest.raises(ClaimLost):
            claims.finish(uow, task)
        with pytest.raises(ClaimLost):
            claims.release(uow, task, delay=0, error="E")
    expire(database, entity_id)
    again = claims.take(NAME, entity_id)
    assert again is not None
    with UnitOfWork(database) as uow:
        claims.release(uow, again, delay=60, error="E")
        with pytest.raises(ClaimLost):
            claims.finish(uow, again)
        uow.commit()
    make_due(database, entity_id)
    assert claims.take(NAME, entity_id) is not None
