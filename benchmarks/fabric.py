"""No-op tasks a second through one worker process: ours, Procrastinate, Dramatiq, Celery.

    python -m benchmarks.fabric

The tasks are stored first. The clock runs from the first task's body to the last one's, where a database is
the store to the end of the last row. Ours and Procrastinate work on PostgreSQL, ours on SQLite too,
Dramatiq and Celery on RabbitMQ. The first run installs the peers, from requirements/peers.txt, into the
user's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.support import databases
from benchmarks.support.trees import ROOT
from benchmarks.support.turns import in_turns, print_table
from tests.support.environments import environment

SIDES: Final = Path(__file__).parent / "fabric_sides"
LONGEST: Final = 300  # seconds for one command of a side


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One way to store and work tasks."""

    name: str
    command: tuple[
        str, ...
    ]  # understands: store COUNT PLACE..., work COUNT PLACE..., perhaps clear 0 PLACE...
    kind: str  # of its store: sqlite, postgresql or rabbit

    def measure(self, count: int, folder: Path) -> float:
        """Tasks a second in one run.

        :param folder: where a store may be put.
        """
        with _place(self, folder) as place:
            self._run("store", count, place)
            if self.kind == "postgresql":
                databases.analyze(place[0])
            seen = json.loads(self._run("work", count, place).splitlines()[-1])
        if seen["done"] != count:
            sys.exit(f"{self.name} did {seen['done']} tasks of {count}")
        return float(count / seen["seconds"])

    def clear(self, place: tuple[str, ...]) -> None:
        """Remove what it left at the broker."""
        self._run("clear", 0, place)

    def _run(self, order: str, count: int, place: tuple[str, ...]) -> str:
        done = subprocess.run(
            [*self.command, order, str(count), *place],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{self.name}: {order} ended with {done.returncode}\n{done.stderr}")
        return done.stdout


@contextmanager
def _place(side: Side, folder: Path) -> Iterator[tuple[str, ...]]:
    """Where a side's tasks are, as its command is told; removed in the end."""
    if side.kind == "rabbit":
        place = (databases.BROKER.replace("rabbit://", "amqp://", 1), f"benchmark.{uuid.uuid4()}")
        try:
            yield place
        finally:
            side.clear(place)
        return
    with databases.empty(side.kind, folder) as url:
        peer = side.command[0] != sys.executable
        yield (url.replace("+psycopg", "", 1) if peer else url,)


def main() -> int:
    """Measure and print."""
    options = _options()
    sides = [side for side in _sides() if not options.only or side.name in options.only]
    with tempfile.TemporaryDirectory(prefix="barbican-benchmark-", dir=options.folder) as folder:
        measures = {side.name: _measure(side, options.count, Path(folder)) for side in sides}
        figures = in_turns(measures, options.rounds)
    first = figures[sides[0].name].median
    rows = [
        (name, f"{found.median:,.0f}", found.spread, f"{found.median / first:.3f}")
        for name, found in figures.items()
    ]
    print_table(("one process", "tasks/s", "from-to", f"to {sides[0].name}"), rows)
    return 0


def _measure(side: Side, count: int, folder: Path) -> Callable[[], float]:
    return lambda: side.measure(count, folder)


def _sides() -> list[Side]:
    own = (sys.executable, "-P", "-m", "benchmarks.fabric_sides.ours")
    peers = str(environment("peers") / "bin" / "python")

    def peer(name: str, kind: str) -> Side:
        script = str(SIDES / f"with_{name.lower()}.py")
        return Side(name=name, command=(peers, "-W", "ignore", script), kind=kind)

    return [
        Side(name="ours, PostgreSQL", command=own, kind="postgresql"),
        Side(name="ours, SQLite", command=own, kind="sqlite"),
        peer("Procrastinate", "postgresql"),
        peer("Dramatiq", "rabbit"),
        peer("Celery", "rabbit"),
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fabric", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--count", type=int, default=10_000, help="tasks of one run (default 10,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each side (default 3)")
    parser.add_argument("--only", action="append", help="measure this side; may be given again")
    parser.add_argument("--folder", help="where SQLite's file is put (default: the temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
