"""Old transitions of services are removed, how the services stand is kept, on every database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from barbican_like.common import clock
from barbican_like.contexts.models import Entry, Transition
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.retention import REMOVE, RemoveTransitions
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.leases import Lease
from barbican_like.queue.outcome import Again
from barbican_like.queue.run import Run

DAY = 86_400.0
TRANSACTIONS = {"first": "6FDAHH3WPRVV7FGZCRIN", "second": "7FDAHH3WPRVV7FGZCRIN"}


def write(database: Database, outbox: str, ages: Sequence[float]) -> None:
    """Transitions of an outbox that are so many days old."""
    entries = [
        Entry(
            transaction=TRANSACTIONS[outbox],
            name="echo",
            instance="Echo",
            transition=Transition(
                number=number,
                service_id="ts_100",
                old_state="STARTING",
                state="RUNNING",
                desired="up",
                pid=7,
                exit_code=None,
                restarts=0,
                since=clock.now() - timedelta(days=age),
                reason="",
                log="",
            ),
        )
        for number, age in enumerate(ages, start=1)
    ]
    with UnitOfWork(database) as uow:
        assert uow.of(ContextRepo).carry(outbox, 0, "context001", "Echo", entries)
        uow.commit()


def numbers(database: Database, outbox: str) -> list[int]:
    with Reading(database) as view:
        row = view.of(ContextRepo).find(TRANSACTIONS[outbox])
        assert row is not None
        return [one.number for one in view.of(ContextRepo).transitions(row.id, 0, 10_000)]


def remove(database: Database) -> tuple[int, Any]:
    """One turn of the task; how many rows it has removed, and how it goes on."""
    claims = Claims(database, Lease(database, folder=None, term=30))
    task = RemoveTransitions(database, claims, retention=30 * DAY)
    row: Any = SimpleNamespace(entity_id=REMOVE.name)
    removed = task.handle_processing(Run(row, REMOVE), REMOVE.name)
    with UnitOfWork(database) as uow:
        ending = task.handle_success(uow, row, REMOVE.name, removed)
        uow.commit()
    return removed, ending


def test_what_is_older_than_the_retention_goes_and_the_rest_stays(database: Database) -> None:
    write(database, "first", [40, 31, 29, 1])
    write(database, "second", [50])
    removed, ending = remove(database)
    assert removed == 3
    assert isinstance(ending, Again)
    assert (numbers(database, "first"), numbers(database, "second")) == ([3, 4], [])
    assert remove(database)[0] == 0


def test_many_are_removed_batch_by_batch(database: Database) -> None:
    write(database, "first", [40] * 1100 + [1])
    assert remove(database)[0] == 1100
    assert numbers(database, "first") == [1101]


def test_what_was_removed_is_not_carried_again(database: Database) -> None:
    """How far an outbox was carried is kept, so its file's lines are not new."""
    write(database, "first", [40])
    remove(database)
    with Reading(database) as view:
        assert view.of(ContextRepo).carried("first") == 1
