"""A transaction whose process was stopped or lost keeps its locks for a moment only."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Select, select

from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.tables import worker_leases
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support import databases
from tests.support.tasks import open_lease

PAUSE = 1  # seconds


@pytest.mark.parametrize("database", databases.KINDS[1:], indirect=True)
def test_the_server_ends_a_transaction_that_pauses_and_frees_its_locks(database: Database) -> None:
    """Another waits for the row until then and has it; the late one is told that it may try again."""
    open_lease(database, "late")
    late = Database(database.url.render_as_string(hide_password=False), pause=PAUSE)
    lock = select(worker_leases).where(worker_leases.c.id == "late").with_for_update()
    with closing(late), pytest.raises(Overloaded):
        pause_in_a_transaction(late, lock, lambda: beat(database))


def pause_in_a_transaction(late: Database, lock: Select[Any], meanwhile: Callable[[], None]) -> None:
    """Lock a row, let something happen that waits for it, and go on then."""
    with late.writing() as connection:
        connection.execute(lock)
        begun = time.monotonic()
        meanwhile()
        assert time.monotonic() - begun > PAUSE / 2
        connection.execute(lock)


def beat(database: Database) -> None:
    """Write to the row."""
    with UnitOfWork(database) as uow:
        assert uow.leases.beat("late")
        uow.commit()
