"""Task rows for tests, and a hand on them that the product does not have."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.common.errors import Conflict, Overloaded
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.kinds import COST

NAME = "process_type_order"
_DELAY = DatabaseTime(sa.bindparam("delay"))


def add_task(
    database: Database,
    entity_id: str | None = None,
    *,
    name: str = NAME,
    project_id: str = "p",
    delay: float = 0.0,
    cost: int = COST,
) -> str:
    """Write a task; returns its entity's id."""
    entity_id = entity_id or ids.new_id()
    with UnitOfWork(database) as uow:
        uow.tasks.add(
            name=name,
            entity_id=entity_id,
            project_id=project_id,
            kwargs={"request_id": "r"},
            cost=cost,
            delay=delay,
        )
        uow.commit()
    return entity_id


def find_task(database: Database, entity_id: str, name: str = NAME) -> Task | None:
    """The open task of an entity."""
    with Reading(database) as view:
        return view.tasks.find(name, entity_id)


def open_task(database: Database, entity_id: str, name: str = NAME) -> Task:
    """The open task of an entity, which must have one."""
    task = find_task(database, entity_id, name)
    assert task is not None
    return task


def open_lease(database: Database, lease_id: str) -> None:
    """Make sure that there is a lease of that id, as a process of another machine would have it."""
    with suppress(Conflict, Overloaded), UnitOfWork(database) as uow:  # it is there already
        if lease_id not in {lease.id for lease in uow.leases.list()}:
            uow.leases.open(lease_id, host="elsewhere", boot="another kernel", pid=1)
        uow.commit()


def claim(database: Database, entity_id: str, lease_id: str = "worker", name: str = NAME) -> Task | None:
    """Claim the task of an entity in a transaction of its own."""
    open_lease(database, lease_id)
    with UnitOfWork(database) as uow:
        task = uow.tasks.claim_one(name, entity_id, lease_id)
        uow.commit()
    return task


def claimed(database: Database, entity_id: str, lease_id: str = "worker", name: str = NAME) -> Task:
    """Claim the task of an entity, which must succeed."""
    task = claim(database, entity_id, lease_id, name)
    assert task is not None
    return task


def claim_next(database: Database, limit: int = 100, lease_id: str = "worker", name: str = NAME) -> list[str]:
    """Claim the next tasks of a kind; returns their entities in the order of their turns."""
    open_lease(database, lease_id)
    with UnitOfWork(database) as uow:
        taken = uow.tasks.claim(name, lease_id, limit)
        uow.commit()
    return [task.entity_id for task in taken]


def look(database: Database, *names: str) -> tuple[list[str], bool]:
    """What a worker that knows these kinds sees."""
    with Reading(database) as view:
        return view.tasks.look(names or (NAME,))


def end(database: Database, task: Task, verb: str) -> bool:
    """One of the ways in which a claim ends."""
    with UnitOfWork(database) as uow:
        ended = {
            "finish": lambda: uow.tasks.finish(task),
            "finish_many": lambda: uow.tasks.finish_many([task]),
            "hand_back": lambda: uow.tasks.hand_back(task),
            "again": lambda: uow.tasks.again(task, 0),
            "again later": lambda: uow.tasks.again(task, 60),
            "try_later": lambda: uow.tasks.try_later(task, delay=60, error="E", own_fault=True),
            "bury": lambda: uow.tasks.bury(task, "E"),
        }[verb]()
        uow.commit()
    return ended


def end_with(database: Database, entity_id: str, *, own_fault: bool) -> Task:
    """Claim the task and let it fail; the row afterwards."""
    task = claimed(database, entity_id)
    with UnitOfWork(database) as uow:
        assert uow.tasks.try_later(task, delay=60, error="x" * 300, own_fault=own_fault)
        uow.commit()
    return open_task(database, entity_id)


def database_now(database: Database) -> datetime:
    """The database's clock."""
    with database.reading() as connection:
        moment = connection.execute(sa.select(DatabaseTime())).scalar_one()
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def lose(database: Database, entity_id: str) -> None:
    """Free a claim, as another worker does when its holder's lease is taken away."""
    set_task(database, entity_id, status=TaskStatus.READY, claimed_by=None, losses=tasks.c.losses + 1)


def make_due(database: Database, entity_id: str) -> None:
    """Let the time of the next try be over, as if the test had waited for it."""
    set_task(database, entity_id, status=TaskStatus.READY, due_at=None)


def bump_fence(database: Database, entity_id: str) -> None:
    """Do to a claim what another worker's claim does to it."""
    set_task(database, entity_id, fence=tasks.c.fence + 1)


def failing_for(database: Database, entity_id: str, seconds: float) -> None:
    """Let the task's tries have failed for so long."""
    with database.writing() as connection:
        statement = sa.update(tasks).where(tasks.c.entity_id == entity_id).values(failing_since=_DELAY)
        connection.execute(statement, {"delay": -seconds})


def take_over(database: Database, entity_id: str, name: str = NAME) -> None:
    """Let another worker claim a task whose claim was lost unnoticed, before anybody else can."""
    open_lease(database, "another")
    taken = {"claimed_by": "another", "fence": tasks.c.fence + 1, "losses": tasks.c.losses + 1}
    with database.writing() as connection:
        task = sa.and_(tasks.c.entity_id == entity_id, tasks.c.name == name)
        connection.execute(sa.update(tasks).where(task).values(status=TaskStatus.CLAIMED, **taken))


def set_task(database: Database, entity_id: str, **values: Any) -> None:
    """Write columns of an entity's task rows."""
    with database.writing() as connection:
        connection.execute(sa.update(tasks).where(tasks.c.entity_id == entity_id).values(**values))
