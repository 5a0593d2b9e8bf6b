"""How long one tenant's order waits behind another tenant's many.

    python -m benchmarks.fairness

Tenant A orders 40 pairs of RSA keys with 4096 bits, or 10,000 AES keys while the worker is paused. Then
tenant B orders one AES key: what is timed is B's POST to the answer that says ACTIVE, on one worker.
Exit code 1 where that takes longer than the goal.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.support.instance import RABBIT, Instance, running
from benchmarks.support.turns import print_table

AES: Final = {"type": "key", "meta": {"name": "aes", "algorithm": "aes", "bit_length": 256, "mode": "cbc"}}
RSA: Final = {"type": "asymmetric", "meta": {"name": "rsa", "algorithm": "rsa", "bit_length": 4096}}
LONGEST: Final = 300.0  # seconds until B's order counts as lost
POSTERS: Final = 8


class Busy(SystemExit):
    """A request was answered 503: try again."""


class Tenant:
    """Orders in a project; each thread has a connection of its own."""

    def __init__(self, url: str, project: str) -> None:
        self._host = urlsplit(url).netloc
        self._headers = {"X-Project-Id": project, "Content-Type": "application/json"}
        self._local = threading.local()

    def order(self, what: dict[str, Any]) -> str:
        """Order something; the order's path."""
        reference: str = self._call("POST", "/v1/orders", json.dumps(what))["order_ref"]
        return urlsplit(reference).path

    def order_many(self, what: dict[str, Any], count: int) -> None:
        """Order something again and again; what is refused for now is ordered again."""
        with ThreadPoolExecutor(POSTERS) as pool:
            list(pool.map(self._order_patiently, [what] * count))

    def _order_patiently(self, what: dict[str, Any]) -> None:
        while True:
            with suppress(Busy):
                self.order(what)
                break

    def seconds_to_active(self, what: dict[str, Any]) -> float:
        """Order something and wait for it."""
        start = time.perf_counter()
        path = self.order(what)
        while (status := self._call("GET", path)["status"]) == "PENDING":
            if time.perf_counter() - start > LONGEST:
                sys.exit(f"{path} is PENDING after {LONGEST:.0f} s")
        if status != "ACTIVE":
            sys.exit(f"{path} is {status}")
        return time.perf_counter() - start

    def _call(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._host, timeout=60)
        self._local.connection.request(method, path, body, self._headers)
        answer = self._local.connection.getresponse()
        read = answer.read()
        if answer.status not in {200, 202}:
            failure = Busy if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE else SystemExit
            raise failure(f"{method} {path}: {answer.status} {read[:200]!r}")
        found: dict[str, Any] = json.loads(read)
        return found


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    rows, good = [], True
    for flavour in ("sqlite", RABBIT):
        for head, trial in (
            (f"{options.pairs} RSA-4096", lambda instance: _behind_pairs(instance, options.pairs)),
            (f"{options.keys:,} AES", lambda instance: _behind_keys(instance, options.keys)),
        ):
            with (
                tempfile.TemporaryDirectory(prefix="barbican-benchmark-") as folder,
                running(Path(folder), flavour) as instance,
            ):
                Tenant(instance.url, "warm").seconds_to_active(AES)
                seconds = trial(instance)
            good = good and seconds <= options.goal
            rows.append((f"{head}, {flavour}", f"{seconds:.3f}", f"{options.goal:.3f}"))
    print_table(("B's order behind A's", "seconds", "goal"), rows)
    return 0 if good else 1


def _behind_pairs(instance: Instance, count: int) -> float:
    Tenant(instance.url, "a").order_many(RSA, count)
    return Tenant(instance.url, "b").seconds_to_active(AES)


def _behind_keys(instance: Instance, count: int) -> float:
    tenant = Tenant(instance.url, "a")
    with _paused(instance.workers(), lambda: tenant.order(AES)):
        tenant.order_many(AES, count)
    return Tenant(instance.url, "b").seconds_to_active(AES)


@contextmanager
def _paused(pids: list[int], write: Callable[[], object]) -> Iterator[None]:
    """Let the processes stand still, so that all that is ordered meanwhile waits.

    :param write: meets Busy where one of them was stopped with a lock in its hand; then that is tried again.
    """
    try:
        while True:
            _signal(pids, signal.SIGSTOP)
            with suppress(Busy):
                write()
                break
            _signal(pids, signal.SIGCONT)
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fairness", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--pairs", type=int, default=40, help="RSA orders of tenant A (default 40)")
    parser.add_argument("--keys", type=int, default=10_000, help="AES orders of tenant A (default 10,000)")
    parser.add_argument("--goal", type=float, default=0.5, help="seconds for tenant B (default 0.5)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
