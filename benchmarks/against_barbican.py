"""Requests per second of this program and of a running Barbican, in turns, on one machine.

    python -m benchmarks.against_barbican --peer http://127.0.0.1:9411

Exit code 1 where a ratio is below its goal or a request failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.support import http
from benchmarks.support.instance import FLAVOURS, running
from benchmarks.support.requests import Server

GOALS: Final = {"GET payload": 25.0, "GET metadata": 25.0, "GET list of 10": 25.0, "POST secret": 10.0}


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="barbican-benchmark-") as name,
        running(Path(name), options.flavour) as ours,
    ):
        servers = {"theirs": Server(options.peer), "ours": Server(ours.url)}
        return 0 if http.compare(servers, options, GOALS) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.against_barbican", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--peer", required=True, help="base URL of a Barbican without authentication")
    parser.add_argument("--flavour", choices=FLAVOURS, default="sqlite", help="of our side (default sqlite)")
    http.add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
