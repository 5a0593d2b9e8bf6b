"""Supervision beside supervisord: replacement after SIGKILL, many services, and what idleness costs.

    python -m benchmarks.supervision
    python -m benchmarks.supervision --old REV     also `barbican.sh start` of an earlier revision

The service is a shell that becomes `sleep`: what is measured is the supervisor. With --old the start of a
made environment is measured too, from the command to its end, that of the earlier revision in turns with this
one's. The first run installs supervisord, from requirements/peers.txt, into the user's cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.supervision_sides.sides import (
    Ours,
    Side,
    Supervisord,
    idle,
    replaced_after,
    starts,
    until,
)
from benchmarks.support.trees import ROOT, unpack
from benchmarks.support.turns import in_turns, print_table
from tests.support.environments import environment
from tests.support.ports import free_port

SIDES: Final[dict[str, Callable[[Path, int], Side]]] = {"ours": Ours, "supervisord": Supervisord}


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.supervision",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--services", type=int, default=100, help="how many are many (100)")
    parser.add_argument(
        "--idle", type=float, default=10.0, metavar="SECONDS", help="for which nothing happens"
    )
    parser.add_argument("--old", metavar="REV", help="an earlier revision, for the start")
    options = parser.parse_args()
    environment("peers")
    replacement(options.rounds)
    many(options.rounds, options.services)
    idleness(options.idle, options.services)
    if options.old:
        start_of(options.old, options.rounds)


@contextmanager
def kept(name: str, count: int) -> Iterator[tuple[Side, Path]]:
    """A side with so many services ready."""
    with tempfile.TemporaryDirectory(prefix="sup") as text:
        folder = Path(text)
        side = SIDES[name](folder, count)
        side.start()
        try:
            until(side.are_ready)
            yield side, folder
        finally:
            side.end()


def replacement(rounds: int) -> None:
    """SIGKILL to replacement."""

    def measure(name: str) -> float:
        with kept(name, 1) as (_, folder):
            return replaced_after(folder)

    found = in_turns({name: partial(measure, name) for name in SIDES}, rounds)
    print_table(
        ("SIGKILL to replacement, ms", "median", "from-to"),
        [(name, f"{side.median:,.1f}", side.spread) for name, side in found.items()],
    )


def many(rounds: int, count: int) -> None:
    """So many services started, ready, ended."""
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        for name, times in taken.items():
            times.append(start_and_end(name, count))
    middle = rounds // 2
    rows = [
        (name, *(f"{sorted(column)[middle]:.2f}" for column in zip(*times, strict=True)))
        for name, times in taken.items()
    ]
    print_table((f"{count} services, s", "started", "ready", "ended"), rows)


def start_and_end(name: str, count: int) -> tuple[float, float, float]:
    """Seconds until the last one has begun, until the supervisor says that all run, and for the end."""
    with tempfile.TemporaryDirectory(prefix="sup") as text:
        folder = Path(text)
        side = SIDES[name](folder, count)
        begun = time.monotonic()
        side.start()
        until(lambda: len(starts(folder)) >= count)
        started = time.monotonic() - begun
        until(side.are_ready)
        ready = time.monotonic() - begun
        begun = time.monotonic()
        side.end()
        return started, ready, time.monotonic() - begun


def idleness(seconds: float, count: int) -> None:
    """CPU and memory with nothing to do."""
    rows = []
    for services in (1, count):
        for name in SIDES:
            with kept(name, services) as (side, _):
                percent, mib = idle(side, seconds)
            rows.append((name, str(services), f"{percent:.2f}", f"{mib:.1f}"))
    print_table(("idle", "services", "% of a core", "RSS, MiB"), rows)


def start_of(revision: str, rounds: int) -> None:
    """`barbican.sh start` of this tree and of an earlier one, each in an environment that is made."""
    with tempfile.TemporaryDirectory(prefix="sup") as text:
        folder = Path(text)
        trees = {"this": ROOT, revision: unpack(revision, folder / "old")}
        for name, tree in trees.items():
            started(tree, folder / f"data-{name}")  # makes what is missing
        sides = {name: partial(started, tree, folder / f"data-{name}") for name, tree in trees.items()}
        found = in_turns(sides, rounds)
    print_table(
        ("barbican.sh start, ms", "median", "from-to"),
        [(name, f"{side.median:,.0f}", side.spread) for name, side in found.items()],
    )


def started(tree: Path, data: Path) -> float:
    """Milliseconds of one start; it is stopped again."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BARBICAN_")}

    def run(*words: str) -> None:
        command = [str(tree / "bin" / "barbican.sh"), *words, "--data", str(data)]
        subprocess.run(command, env=own, check=True, capture_output=True)

    begun = time.monotonic()
    run("start", "--port", str(free_port()))
    taken = (time.monotonic() - begun) * 1000
    run("stop")
    return taken


if __name__ == "__main__":
    main()
