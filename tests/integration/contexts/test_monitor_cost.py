"""What a look at a hundred services costs, in processor time, which does not depend on a quiet machine."""

from __future__ import annotations

import os
import subprocess
import time

from barbican_like.contexts.monitor.statistics import Statistics
from tests.support.contexts.supervised import TRANSACTION

SERVICES = 100
PERIOD = 5.0
MOST = 0.02
"""Of one processor."""


def test_a_hundred_services_cost_little() -> None:
    """Each of them is seen, in at most two percent of a processor."""
    mark, mine = "BARBICAN_COST_TEST", str(os.getpid())
    children = [
        subprocess.Popen(
            ["sleep", "600"],
            env={"PATH": "/usr/bin:/bin", mark: f"{TRANSACTION}/ts_{number:03}/1", "OF": mine},
        )
        for number in range(SERVICES)
    ]
    try:
        statistics = Statistics(mark, ("OF", mine), PERIOD)
        statistics.look()  # reads each environment, once
        statistics.look()
        began = time.thread_time()
        found = statistics.look()[TRANSACTION]
        cost = time.thread_time() - began
        assert [one["pid"] for one in found] == [child.pid for child in children]
        assert all(one["rss"] > 0 for one in found)
        assert cost / PERIOD < MOST
    finally:
        for child in children:
            child.kill()
            child.wait()
