"""A worker's threads never wait for one another's connections to the database."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as NoConnection

from barbican_like import bootstrap, rooms
from tests.support.application import prepare

SETTINGS = """
[database]
pool_size = 2
lock_wait = 0.1
[worker]
lanes = orders:12, pairs
threads = 3
"""


@pytest.mark.parametrize("works", [True, False])
def test_there_is_one_for_each_thread_of_each_lane_and_for_the_lease(tmp_path: Path, works: bool) -> None:
    """Whatever pool_size says: while all lanes wait for rows, the lease is still renewed."""
    prepare(tmp_path, SETTINGS)
    conf = rooms.load(["--config-file", str(tmp_path / "barbican.conf")])
    runtime = bootstrap.Runtime(conf, lanes=bootstrap.worker_lanes(conf) if works else None)
    needed = 12 + 3 + 1 if works else 2
    with ExitStack() as stack:
        stack.callback(runtime.close)
        for _ in range(needed):
            stack.enter_context(runtime.database.writer.connect())
        if not works:
            with pytest.raises(NoConnection):
                runtime.database.writer.connect()
