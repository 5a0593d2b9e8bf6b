"""This program's task fabric over SQLite or PostgreSQL: a worker as ``barbican-worker`` builds it."""

from __future__ import annotations

import sys
import time
from typing import Any, ClassVar

from barbican_like.common import ids
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.sweeper import Sweeper
from barbican_like.tasks.base import BaseTask
from benchmarks.fabric_sides.stopwatch import Stopwatch

NAME = "process_type_order"


class Nothing(BaseTask[str, str]):
    """A task that does nothing."""

    operation: ClassVar[str] = "Nothing"
    watch: Stopwatch

    def retrieve_entity(self, view: Reading, task: Task) -> str:
        """It needs none."""
        return task.entity_id

    def handle_processing(self, task: Task, entity: str) -> str:
        """Only counted."""
        self.watch.note()
        return entity

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: str) -> None:
        """Nothing to write."""

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Any) -> None:
        """It does not fail."""


def main() -> None:
    """``store COUNT URL``, or ``work COUNT URL``."""
    order, count, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    database = Database(url)
    if order == "store":
        migrate.upgrade(database)
        store(database, count)
    else:
        work(database, count)
    database.close()


def store(database: Database, count: int) -> None:
    """Write the tasks."""
    with UnitOfWork(database) as uow:
        for _ in range(count):
            uow.tasks.add(task_id=ids.new_id(), name=NAME, entity_id=ids.new_id(), kwargs={}, max_attempts=8)
        uow.commit()


def work(database: Database, count: int) -> None:
    """Work them all with the defaults of a worker process; over when the last one's row is gone."""
    claims = Claims(database, term=30.0)
    task = Nothing(database, claims)
    task.watch = watch = Stopwatch(count)
    worker = Worker(Tasks(claims, order_task=task, project_task=task), claims, threads=4, listeners=[])
    sweeper = Sweeper(database, worker, interval=0.05)
    worker.start()
    sweeper.start()
    watch.finished.wait()
    while open_tasks(database):
        time.sleep(0.001)
    watch.rest()
    sweeper.stop()
    worker.stop()
    print(watch.report())


def open_tasks(database: Database) -> int:
    """How many rows there are."""
    with database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM tasks").scalar_one())


if __name__ == "__main__":
    main()
