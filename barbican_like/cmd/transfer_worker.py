"""Works transfers, and no other tasks, until a signal ends it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

from oslo_config import cfg

from barbican_like import bootstrap
from barbican_like.cmd import common, service
from barbican_like.workqueue.kinds import LANE

_SWITCH_SECONDS: Final = 0.0005
"""For which a thread keeps the interpreter while others wait for it.

A slot gives it up at each call of the system, many a file, and would wait Python's 5 ms for each of the other
slots to have it back: small projects beside a large one, and quick sites, feel that most.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker."""
    return common.run("barbican-transfer-worker", arguments, _work)


def _work(conf: cfg.ConfigOpts) -> int:
    sys.setswitchinterval(_SWITCH_SECONDS)
    lanes = {LANE: int(conf.workqueue.threads)}
    return service.until_signal(conf, "worker", partial(bootstrap.new_lane_worker, lanes=lanes), lanes)


if __name__ == "__main__":
    sys.exit(main())
