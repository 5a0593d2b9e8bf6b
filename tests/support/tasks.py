"""Task rows for tests, and a hand on them that the product does not have."""

from datetime import datetime

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime
from barbican_like.model.unit_of_work import Reading, UnitOfWork

NAME = "process_type_order"
_DELAY = DatabaseTime(sa.bindparam("delay"))


def add_task(
    database: Database,
    entity_id: str | None = None,
    *,
    delay: float = 0.0,
    priority: int = 5,
    max_attempts: int = 8,
) -> str:
    """Write a task; returns its entity's id."""
    entity_id = entity_id or ids.new_id()
    with UnitOfWork(database) as uow:
        uow.tasks.add(
            task_id=ids.new_id(),
            name=NAME,
            entity_id=entity_id,
            kwargs={"project_id": "p"},
            max_attempts=max_attempts,
            priority=priority,
            delay=delay,
        )
        uow.commit()
    return entity_id


def find_task(database: Database, entity_id: str) -> Task | None:
    """The open task of an entity."""
    with Reading(database) as view:
        return view.tasks.find(NAME, entity_id)


def open_task(database: Database, entity_id: str) -> Task:
    """The open task of an entity, which must have one."""
    found = find_task(database, entity_id)
    assert found is not None
    return found


def claim(database: Database, entity_id: str, worker: str = "worker", term: float = 30.0) -> Task | None:
    """Claim the task of an entity in a transaction of its own."""
    with UnitOfWork(database) as uow:
        task = uow.tasks.claim(NAME, entity_id, worker, term)
        uow.commit()
    return task


def claimed(database: Database, entity_id: str, worker: str = "worker", term: float = 30.0) -> Task:
    """Claim the task of an entity, which must succeed."""
    task = claim(database, entity_id, worker, term)
    assert task is not None
    return task


def database_now(database: Database) -> datetime:
    """The database's clock."""
    with database.reading() as connection:
        found = connection.execute(sa.select(DatabaseTime())).scalar_one()
    return found if isinstance(found, datetime) else datetime.fromisoformat(found)


def expire(database: Database, entity_id: str) -> None:
    """Let the claim's term be over, as if its worker had not renewed it."""
    _set(database, entity_id, sa.update(tasks).values(claim_expires=_DELAY), delay=-0.5)


def make_due(database: Database, entity_id: str) -> None:
    """Let the time of the next try be over, as if the test had waited for it."""
    _set(database, entity_id, sa.update(tasks).values(run_at=_DELAY), delay=-0.5)


def bump_fence(database: Database, entity_id: str) -> None:
    """Do to a claim what another worker's claim does to it."""
    _set(database, entity_id, sa.update(tasks).values(fence=tasks.c.fence + 1))


def take_over(database: Database, entity_id: str) -> None:
    """Let another worker claim a task whose claim has run out unnoticed."""
    expire(database, entity_id)
    claimed(database, entity_id, "another")


def _set(database: Database, entity_id: str, statement: sa.Update, **values: float) -> None:
    with database.writing() as connection:
        connection.execute(statement.where(tasks.c.entity_id == entity_id), values)
