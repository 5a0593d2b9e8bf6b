"""Runs wrk, and reads what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One run of wrk."""

    per_second: float  # requests that were served; what failed is no service
    failed: int
    output: str  # all that it said


def run(url: str, script: str, *, seconds: int, connections: int, threads: int = 1) -> Figure:
    """One run.

    :param script: Lua that makes the requests.
    """
    wrk = shutil.which("wrk") or sys.exit("wrk is needed: apt install wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        words = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", file.name]
        done = subprocess.run([wrk, *words, url], capture_output=True, text=True, check=True)
    return _read(done.stdout)


def _read(said: str) -> Figure:
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    total = re.search(r"(\d+) requests in", said)
    if rate is None or total is None:
        sys.exit(f"wrk said nothing that can be read:\n{said}")
    refused = int(bad[1]) if bad else 0
    served = 1 - refused / max(1, int(total[1]))
    failed = refused + (sum(map(int, broken.groups())) if broken else 0)
    return Figure(float(rate[1]) * served, failed, said)
