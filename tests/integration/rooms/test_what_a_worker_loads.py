"""A worker process works tasks, and loads nothing of the HTTP side for that."""

import subprocess
import sys
from pathlib import Path

from tests.support.application import prepare

WORKER = """
import sys
from barbican_like import bootstrap, rooms
from barbican_like.cmd import worker
runtime = bootstrap.Runtime(rooms.load(sys.argv[1:]))
working = bootstrap.new_worker(runtime)
working.start()
working.stop()
runtime.close()
http = ("pecan", "webob", "paste.deploy", "granian", "oslo_policy", "barbican_like.http", "barbican_like.api")
print([name for name in http if name in sys.modules])
"""


def test_a_worker_loads_no_http(tmp_path: Path) -> None:
    prepare(tmp_path)
    words = [sys.executable, "-P", "-c", WORKER, "--config-file", str(tmp_path / "barbican.conf")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
