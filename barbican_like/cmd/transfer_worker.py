"""Works transfers, and no other tasks, until a signal ends it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from barbican_like import bootstrap
from barbican_like.cmd import common, service
from barbican_like.workqueue.kinds import LANE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker."""
    return common.run(
        "barbican-transfer-worker",
        arguments,
        lambda conf: service.until_signal(
            conf,
            "worker",
            lambda runtime: bootstrap.new_lane_worker(runtime, {LANE: conf.workqueue.threads}),
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
