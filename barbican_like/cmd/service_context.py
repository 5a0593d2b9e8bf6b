"""service_context: runs the provider of a context file in the foreground, until `exit` or a signal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.provide import prepare
from barbican_like.contexts.sockets import make_keys


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the supervisor of a context; exit codes: 0 ended as asked, 1 refused, 2 usage."""
    parser = argparse.ArgumentParser(prog="service_context", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the context file, such as Conf/Context-NAME.xml"
    )
    parser.add_argument(
        "--make_keys", action="store_true", help="make keys for a bus that other machines reach, and end"
    )
    given = parser.parse_args(arguments)
    file = given.file.resolve()
    try:
        context = read_context(file)
        if given.make_keys:
            print("\n".join(f"made {path}" for path in make_keys(file.parent.parent / "Keys")))
            return 0
        launch = prepare(file, context)
        publishers, subscribers = context.back_endpoint, context.front_endpoint
        print(f"Context {context.name}: publishers at {publishers}, subscribers at {subscribers}", flush=True)
        _become_supervisor(launch)
    except ConfigurationError as error:
        print(f"service_context: {error.message}", file=sys.stderr)
        return 1


def _become_supervisor(launch: Path) -> NoReturn:
    """It takes this process's place, and with it its terminal and its signals."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "barbican_like.contexts", str(launch)])  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
