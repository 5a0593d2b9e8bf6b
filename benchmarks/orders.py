"""Orders to ACTIVE per second, from the client's POST to the answer that says so, beside a running Barbican.

    python -m benchmarks.orders --peer http://127.0.0.1:9411

Sixteen clients order AES keys and ask for each order until it is ACTIVE. The peer has what its operator gave
it, which is to be two API processes, one worker, PostgreSQL and RabbitMQ. Our sides have the same, and SQLite
with local wake-ups. Without --peer only ours are measured.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.support import wrk
from benchmarks.support.instance import RABBIT, running
from benchmarks.support.turns import in_turns, print_table

SCRIPT: Final = (Path(__file__).parent / "support" / "orders.lua").read_text()
PEER: Final = "Barbican"
SIDES: Final = {"ours, PostgreSQL and RabbitMQ": RABBIT, "ours, SQLite": "sqlite"}


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="barbican-benchmark-")))
        bases = {PEER: options.peer} if options.peer else {}
        for number, (side, flavour) in enumerate(SIDES.items()):
            bases[side] = stack.enter_context(running(folder / str(number), flavour)).url
        figures = in_turns({side: _measure(base, options) for side, base in bases.items()}, options.rounds)
    first = figures[next(iter(figures))].median
    rows = [
        (side, f"{found.median:,.0f}", found.spread, f"{found.median / first:.1f}")
        for side, found in figures.items()
    ]
    print_table((f"{options.clients} clients", "orders/s", "from-to", "ratio"), rows)
    ours = [found.median for side, found in figures.items() if side in SIDES]
    return 0 if not options.peer or min(ours) >= options.goal * first else 1


def _measure(base: str, options: argparse.Namespace) -> Callable[[], float]:
    def measure() -> float:
        figure = wrk.run(
            base.rstrip("/"),
            SCRIPT,
            seconds=options.seconds,
            connections=options.clients,
            threads=options.clients,
        )
        counted = re.search(r"orders: (\d+) active, (\d+) failed, ([\d.]+) s", figure.output)
        if counted is None or int(counted[2]) or not int(counted[1]):
            sys.exit(f"orders failed at {base}:\n{figure.output}")
        return int(counted[1]) / float(counted[3])

    return measure


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.orders", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--peer", help="base URL of a Barbican without authentication, with a queue and a worker"
    )
    parser.add_argument("--seconds", type=int, default=10, help="of each run (default 10)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each side (default 3)")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--goal", type=float, default=10.0, help="least ratio to the peer (default 10)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
