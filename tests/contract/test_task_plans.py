"""What a worker asks all the time reads few rows, whatever the number waiting."""

from collections.abc import Callable

import pytest

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.repositories.tasks import TaskRepo
from barbican_like.model.states import TaskStatus
from tests.support.many_tasks import add_many
from tests.support.rows_read import rows_read
from tests.support.tasks import NAME, open_lease

MANY = 1_000  # of each status
BATCH = 4
TIMES = 8  # psycopg prepares the fifth, and PostgreSQL plans that without its values
FEW = 40  # rows for one of them
LEASE = "worker"

ACTS: dict[str, Callable[[TaskRepo], object]] = {
    "look": lambda repo: repo.look((NAME, "a_kind_without_rows")),
    "claim": lambda repo: repo.claim(NAME, LEASE, BATCH),
    "promote": lambda repo: repo.promote(BATCH),
    "add": lambda repo: repo.add(name=NAME, entity_id=ids.new_id(), project_id="p", kwargs={}, cost=1),
    "held": lambda repo: repo.held_by("a lease without rows"),
}


@pytest.mark.parametrize("name", ACTS)
def test_it_reads_no_more_than_it_needs(name: str, database: Database) -> None:
    """With a thousand rows ready, a thousand claimed and a thousand due tomorrow, each reads some dozens."""
    open_lease(database, LEASE)
    with database.writing() as connection:
        for status in (TaskStatus.READY, TaskStatus.SCHEDULED, TaskStatus.CLAIMED):
            add_many(connection, status, MANY, name=NAME, lease_id=LEASE)
    with database.writing() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        for _ in range(TIMES):
            with rows_read(connection) as read:
                ACTS[name](TaskRepo(connection))
            assert read[0] <= FEW
