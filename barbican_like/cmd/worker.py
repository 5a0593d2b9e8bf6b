"""barbican-worker: works tasks until a signal ends it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from barbican_like import bootstrap
from barbican_like.cmd import common, service


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker."""
    return common.run(
        "barbican-worker",
        arguments,
        lambda conf: service.until_signal(
            conf, "worker", bootstrap.new_worker, lanes=bootstrap.worker_lanes(conf)
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
