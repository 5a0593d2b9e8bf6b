"""What a look for work costs with millions of rows that are not to be worked now.

    python -m benchmarks.look

On each database: a look of a worker, a claim of a batch and the writing of a task, each rolled back, first on
an empty table, then with a million rows due tomorrow, a million more claimed, and a million more ready. The
ratios are to the empty table, for claims and writing to one that has as many ready rows as a claim takes.
A claim changes rows, whose pages lie further apart the more rows there are: only looks are judged.
Exit code 1 where a look's ratio is above the goal.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from barbican_like.common import ids
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from benchmarks.support import databases
from benchmarks.support.turns import print_table
from tests.support.many_tasks import add_many

NAME: Final = "do_nothing"
KINDS: Final = (NAME, "do_nothing_else", "do_nothing_at_all")
BATCH: Final = 32
TIMES: Final = 200  # of each, for the median


class Table:
    """The table of tasks of one database, to be filled and looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lease = ids.new_id()
        with UnitOfWork(database) as uow:
            uow.leases.open(self._lease, host="benchmark", boot="", pid=0)
            uow.commit()

    def fill(self, status: TaskStatus, count: int) -> None:
        """Add rows of one status, in bulk."""
        with self._database.writing() as connection:
            add_many(connection, status, count, name=NAME, lease_id=self._lease)

    def look(self) -> None:
        """What a worker does when it is woken."""
        with Reading(self._database) as view:
            view.tasks.look(KINDS)

    def claim(self) -> None:
        """A claim of a batch; leaving the unit of work without a commit undoes it."""
        with UnitOfWork(self._database) as uow:
            claimed = len(uow.tasks.claim(NAME, self._lease, BATCH))
        if claimed != BATCH:
            sys.exit(f"{claimed} rows were claimed, not {BATCH}")

    def write(self) -> None:
        """A task as a request writes it, undone in the same way."""
        with UnitOfWork(self._database) as uow:
            uow.tasks.add(name=NAME, entity_id=ids.new_id(), project_id="p7", kwargs={}, cost=1000)


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    good = True
    for kind in options.databases or databases.KINDS:
        with tempfile.TemporaryDirectory(prefix="barbican-benchmark-", dir=options.folder) as folder:
            good = _measure(kind, Path(folder), options) and good
    return 0 if good else 1


def _measure(kind: str, folder: Path, options: argparse.Namespace) -> bool:
    with databases.empty(kind, folder) as url:
        database = Database(url)
        migrate.upgrade(database)
        table = Table(database)
        empty = {"look": _milliseconds(table.look)}
        table.fill(TaskStatus.READY, BATCH)
        empty |= {"claim": _milliseconds(table.claim), "write": _milliseconds(table.write)}
        rows, worst = [(f"{kind}, empty", *_cells(empty, empty))], 0.0
        for status, words in (
            (TaskStatus.SCHEDULED, "due tomorrow"),
            (TaskStatus.CLAIMED, "claimed"),
            (TaskStatus.READY, "ready"),
        ):
            table.fill(status, options.count)
            figures = {name: _milliseconds(getattr(table, name)) for name in empty}
            rows.append((f"and {options.count:,} {words}", *_cells(figures, empty)))
            worst = max(worst, figures["look"] / empty["look"])
        database.close()
    print_table(("milliseconds", "look", "ratio", f"claim of {BATCH}", "ratio", "write", "ratio"), rows)
    return worst <= float(options.goal)


def _milliseconds(act: Callable[[], None]) -> float:
    """The median of many."""
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def _cells(figures: Mapping[str, float], empty: Mapping[str, float]) -> list[str]:
    return [
        cell for name, value in figures.items() for cell in (f"{value:.2f}", f"{value / empty[name]:.2f}")
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.look", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--count", type=int, default=1_000_000, help="rows of each status (default 1,000,000)"
    )
    parser.add_argument(
        "--database", action="append", dest="databases", choices=databases.KINDS, help="only this one"
    )
    parser.add_argument("--goal", type=float, default=2.0, help="greatest ratio of a look (default 2)")
    parser.add_argument("--folder", help="where SQLite's file is put (default: the temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
