"""Requests per second of an earlier revision and of this tree, in turns, on one machine.

    python -m benchmarks.sides --old v0.1.0

The earlier revision is unpacked into a temporary folder. Both sides run on this interpreter, each with two
API processes, one worker and a database of its own.
Exit code 1 where this tree is slower than the goal allows or failed a request.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.support import http
from benchmarks.support.instance import FLAVOURS, running
from benchmarks.support.requests import NAMES, Server
from benchmarks.support.trees import ROOT, unpack


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="barbican-benchmark-") as name:
        folder = Path(name)
        tree = unpack(options.old, folder / "tree")
        with ExitStack() as stack:
            old, new = (
                stack.enter_context(running(folder / side, options.flavour, tree=checkout))
                for side, checkout in (("old", tree), ("new", ROOT))
            )
            servers = {options.old: Server(old.url), "this tree": Server(new.url)}
            return 0 if http.compare(servers, options, dict.fromkeys(NAMES, options.goal)) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sides", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--old", required=True, metavar="REV", help="the revision to compare with")
    parser.add_argument(
        "--goal", type=float, default=0.95, help="least ratio (default 0.95: the noise of a run)"
    )
    parser.add_argument(
        "--flavour", choices=FLAVOURS, default="sqlite", help="of both sides (default sqlite)"
    )
    http.add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
