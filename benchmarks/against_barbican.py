#!/usr/bin/env python3
"""Requests per second of this program and of a running Barbican, in turns, on one machine.

    benchmarks/against_barbican.py --peer http://127.0.0.1:9411

Exit code 1 where a ratio is below its goal or a request failed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "benchmark"
SECRET = {
    "name": "benchmark",
    "algorithm": "aes",
    "bit_length": 256,
    "mode": "cbc",
    "payload": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
    "payload_content_type": "application/octet-stream",
    "payload_content_encoding": "base64",
}
GOALS = {"GET payload": 25.0, "GET metadata": 25.0, "GET list of 10": 25.0, "POST secret": 10.0}


@dataclass(frozen=True)
class Case:
    """One request to repeat."""

    name: str
    path: str
    accept: str = "application/json"
    body: str | None = None

    def script(self) -> str:
        """What wrk runs to make the request."""
        lines = [
            f'wrk.headers["X-Project-Id"] = "{PROJECT}"',
            f'wrk.headers["Accept"] = "{self.accept}"',
        ]
        if self.body is not None:
            lines += [
                'wrk.method = "POST"',
                'wrk.headers["Content-Type"] = "application/json"',
                f"wrk.body = {json.dumps(self.body)}",
            ]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Figure:
    """One run of wrk."""

    per_second: float  # requests that were served; what failed is no service
    failed: int


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="barbican-benchmark-") as folder:
        ours, stop = _start(Path(folder), options.config)
        try:
            sides = {"theirs": _Side(options.peer), "ours": _Side(ours)}
            return _compare(sides, options, Path(folder))
        finally:
            stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", required=True, help="base URL of a Barbican without authentication")
    parser.add_argument("--config", help="a barbican.conf for our side, as for another database")
    parser.add_argument("--seconds", type=int, default=8, help="of each run (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each side and case (default 3)")
    parser.add_argument("--connections", type=int, default=16)
    return parser.parse_args()


def _start(folder: Path, config: str | None) -> tuple[str, object]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tool = [str(ROOT / "bin" / "barbican.sh")]
    data = ["--data", str(folder / "data")]
    extra = ["--config", config] if config else []
    subprocess.run([*tool, "start", *data, "--port", str(port), "--api-workers", "2", *extra], check=True)
    return f"http://127.0.0.1:{port}", lambda: subprocess.run([*tool, "stop", *data], check=True)


class _Side:
    """One server with something in it to read."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        references = [self._post() for _ in range(12)]
        path = "/v1/secrets/" + references[0].rpartition("/")[2]
        self.cases = (
            Case("GET payload", f"{path}/payload", accept="application/octet-stream"),
            Case("GET metadata", path),
            Case("GET list of 10", "/v1/secrets?limit=10"),
            Case("POST secret", "/v1/secrets", body=json.dumps(SECRET)),
        )

    def _post(self) -> str:
        request = urllib.request.Request(  # noqa: S310  the operator names the address
            f"{self.base}/v1/secrets",
            json.dumps(SECRET).encode(),
            {"Content-Type": "application/json", "X-Project-Id": PROJECT},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            reference: str = json.load(answer)["secret_ref"]
        return reference

    def run(self, case: Case, options: argparse.Namespace, folder: Path) -> Figure:
        """One run of wrk."""
        script = folder / "request.lua"
        script.write_text(case.script())
        wrk = shutil.which("wrk") or sys.exit("wrk is needed: apt install wrk")
        words = [wrk, "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script)]
        done = subprocess.run([*words, self.base + case.path], capture_output=True, text=True, check=True)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
        broken = re.search(
            r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout
        )
        rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        total = re.search(r"(\d+) requests in", done.stdout)
        if rate is None or total is None:
            sys.exit(f"wrk said nothing that can be read:\n{done.stdout}")
        refused = int(bad[1]) if bad else 0
        served = 1 - refused / max(1, int(total[1]))
        return Figure(float(rate[1]) * served, refused + (sum(map(int, broken.groups())) if broken else 0))


def _compare(sides: dict[str, _Side], options: argparse.Namespace, folder: Path) -> int:
    print(f"{'':16}{'theirs/s':>12}{'ours/s':>12}{'ratio':>8}{'goal':>7}  failed (theirs, ours)")
    good = True
    for index, name in enumerate(GOALS):
        figures: dict[str, list[Figure]] = {side: [] for side in sides}
        for _ in range(options.rounds):
            for side, server in sides.items():
                figures[side].append(server.run(server.cases[index], options, folder))
        medians = {side: statistics.median(f.per_second for f in runs) for side, runs in figures.items()}
        failed = {side: sum(f.failed for f in runs) for side, runs in figures.items()}
        ratio = medians["ours"] / medians["theirs"]
        good = good and ratio >= GOALS[name] and failed["ours"] == 0
        print(
            f"{name:16}{medians['theirs']:12.1f}{medians['ours']:12.1f}{ratio:7.1f}x{GOALS[name]:6.0f}x"
            f"  {failed['theirs']}, {failed['ours']}",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
