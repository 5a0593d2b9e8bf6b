"""A reload under load: no request fails, no order is lost; and a start in the foreground."""

import http.client
import json
import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.acceptance.operator_tool import Operator
from tests.support.ports import free_port

CONNECTIONS = 48
ORDERING = 6
HEADERS = {"X-Project-Id": "demo", "Content-Type": "application/json"}
ORDER = json.dumps(
    {
        "type": "key",
        "meta": {
            "algorithm": "aes",
            "bit_length": 256,
            "mode": "cbc",
            "payload_content_type": "application/octet-stream",
        },
    }
)


class Callers:
    """Connections that are kept and used without a pause; each failure is noted, and none is tried again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.done: Counter[int] = Counter()
        self.failures: list[str] = []
        self.orders: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(n < ORDERING,)) for n in range(CONNECTIONS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self, is_ordering: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._stop.is_set():
            try:
                if is_ordering:
                    connection.request("POST", "/v1/orders", ORDER, HEADERS)
                else:
                    connection.request("GET", "/v1/secrets?limit=1", headers=HEADERS)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            self.done[answer.status] += 1
            if answer.status not in {200, 202}:
                self.failures.append(f"{answer.status} {body[:200]!r}")
            elif is_ordering:
                self.orders.append(json.loads(body)["order_ref"])
        connection.close()


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    one = Operator(data=tmp_path / "d", cwd=tmp_path)
    yield one
    one.run("stop")


def open_orders(port: int, orders: list[str]) -> set[str]:
    """Those that are not ACTIVE."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = set()
    for order in orders:
        connection.request("GET", order.partition(str(port))[2], headers=HEADERS)
        if json.loads(connection.getresponse().read())["status"] != "ACTIVE":
            found.add(order)
    connection.close()
    return found


def test_in_the_foreground_systemd_hears_of_the_supervisor(operator: Operator, tmp_path: Path) -> None:
    """READY=1 when all runs, WATCHDOG=1 from then on; SIGTERM ends all, with code 0."""
    words = ["start", "--foreground", "--data", str(operator.data), "--port", str(free_port())]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        manager.settimeout(100)
        told = {"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "1000000"}
        own = {name: value for name, value in os.environ.items() if not name.startswith("BARBICAN_")}
        process = subprocess.Popen(
            [str(operator.project / "bin" / "barbican.sh"), *words],
            env={**own, **told, "BARBICAN_PYTHON": str(operator.python)},
        )
        heard = b""
        while heard != b"READY=1":
            heard = manager.recv(100)
        assert {row["state"] for row in operator.status()["processes"]} == {"RUNNING"}
        assert manager.recv(100) == b"WATCHDOG=1"
        assert operator.pids("supervisor") == {process.pid}
        process.terminate()
        assert process.wait(60) == 0
    assert operator.run("status").returncode == 3


@pytest.mark.timeout(300)
def test_a_reload_of_all_fails_no_request_and_loses_no_order(operator: Operator) -> None:
    port = free_port()
    operator.good("start", "--port", str(port), "--workers", "2")
    before = operator.pids()
    with Callers(port) as callers:
        operator.good("reload")
        after_reload = sum(callers.done.values())
        while sum(callers.done.values()) < after_reload + 200:
            threading.Event().wait(0.01)
    assert operator.pids() & before == operator.pids("supervisor")
    assert callers.failures == []
    assert callers.done[202] > 0
    left = set(callers.orders)
    while left:  # until the test's own time is over
        left = open_orders(port, sorted(left))
