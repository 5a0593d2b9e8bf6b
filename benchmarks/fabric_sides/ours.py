"""This program's task fabric over SQLite or PostgreSQL: a worker with the defaults of ``barbican-worker``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar, Final

from barbican_like.common import ids
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.kinds import TaskKind
from barbican_like.queue.leases import Lease, Neighbours
from barbican_like.queue.outcome import Failed
from barbican_like.queue.run import Run
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.sweeper import Sweeper
from barbican_like.queue.task import BaseTask
from barbican_like.queue.transport import NullWaker
from barbican_like.queue.watch import Watch
from benchmarks.fabric_sides.stopwatch import Stopwatch

NOTHING: Final = TaskKind(name="do_nothing", entity="entity_id", lane="benchmark", together=32)
TERM: Final = 30.0  # seconds
THREADS: Final = 4
INTERVAL: Final = 0.05  # seconds


class Nothing(BaseTask[str, str]):
    """A task that does nothing but be counted."""

    operation: ClassVar[str] = "Nothing"

    def __init__(self, database: Database, claims: Claims, watch: Stopwatch) -> None:
        super().__init__(database, claims)
        self._watch = watch

    def retrieve_entity(self, view: Reading, task: Task) -> str:
        """Its id is all that there is of it."""
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> str:
        """Be counted."""
        self._watch.note()
        return entity

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: str) -> None:
        """Nothing to write."""

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Nothing to write."""


def main() -> None:
    """``store COUNT URL``, or ``work COUNT URL``."""
    order, count, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    database = Database(url)
    if order == "store":
        migrate.upgrade(database)
        store(database, count)
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(work(database, count, Path(folder)))
    database.close()


def store(database: Database, count: int) -> None:
    """Write the tasks."""
    client = TaskClient(NullWaker())
    with UnitOfWork(database) as uow:
        for _ in range(count):
            client.owe(uow, NOTHING, ids.new_id(), project_id="benchmark")
        uow.commit()


def work(database: Database, count: int, folder: Path) -> str:
    """Work them all; it is over when the last one's row is gone. Returns the stopwatch's report.

    :param folder: for the worker's lock.
    """
    watch = Stopwatch(count)
    lease = Lease(database, folder=folder, term=TERM)
    claims = Claims(database, lease)
    tasks = Tasks(claims, {NOTHING: Nothing(database, claims, watch)})
    worker = Worker(tasks, claims, lanes={NOTHING.lane: THREADS}, listeners=[])
    neighbours = Neighbours(database, lease, folder=folder, term=TERM)
    parts = (worker, Watch(worker, claims), Sweeper(database, worker, neighbours, interval=INTERVAL))
    for part in parts:
        part.start()
    watch.finished.wait()
    while _open_tasks(database):
        time.sleep(0.001)
    watch.rest()
    for part in reversed(parts):
        part.stop()
    return watch.report()


def _open_tasks(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM tasks").scalar_one())


if __name__ == "__main__":
    main()
