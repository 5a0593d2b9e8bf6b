"""A project with a hundred thousand files beside one with ten, on one link; and orders beside both."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Place, opened
from tests.faults.waiting import tell, wait_for

API = "/workqueue/api/v1.0"
FLOOD = 100_000
FEW = 10
TIMES = 3
ADMIN = {"X_Roles": "admin,member"}


class Project:
    """Somebody who moves files."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client.call(method, path, body, **headers)
        assert answer.status < 300, answer
        return answer.json()

    def site(self, name: str, url: str) -> int:
        """A site that all projects may use."""
        endpoint = {"protocol": "DUMMY", "url": url}
        body = {"name": name, "endpoints": [endpoint], "visibility": "public"}
        return int(self.ask("POST", f"{API}/sites", body, **ADMIN)["id"])

    def copy(self, src: int, dst: int, path: str = "a") -> int:
        body = {"src_siteid": src, "dst_siteid": dst, "src_filepath": path, "dst_filepath": "b"}
        return int(self.ask("POST", f"{API}/copy", body)["id"])

    def seconds_of(self, src: int, dst: int) -> float:
        """How long ten jobs of one file each take, from the first request to the end of the last."""
        begun = time.monotonic()
        jobs = [self.copy(src, dst, f"file-{number:06}") for number in range(FEW)]
        for job in jobs:
            wait_for("it has ended", lambda job=job: self.status(job) == "DONE", 300)
        return time.monotonic() - begun

    def status(self, job: int) -> str:
        return str(self.ask("GET", f"{API}/jobs/{job}/status")["status"])

    def seconds_of_an_order(self) -> float:
        """From the request to ACTIVE."""
        begun = time.monotonic()
        meta = {"algorithm": "aes", "bit_length": 256, "mode": "cbc", "name": "k"}
        reference = self.ask("POST", "/v1/orders", {"type": "key", "meta": meta})["order_ref"]
        path = f"/v1/orders/{reference.rpartition('/')[2]}"
        wait_for("it is ACTIVE", lambda: self.ask("GET", path)["status"] == "ACTIVE", 300)
        return time.monotonic() - begun


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_campaign_of_a_flood_beside_a_few(either: Place) -> None:
    """Ten files take at most three times as long beside the flood, and orders too."""
    instance = either.instance()
    with opened(instance) as ledger, ExitStack() as stack:
        instance.api()
        instance.at_work(instance.launch("transfer_worker"))
        instance.at_work(instance.worker())
        large, small = (
            Project(stack.enter_context(instance.client(name, timeout=60))) for name in ("large", "small")
        )
        src = large.site("src", f"dummy://any/?files={FLOOD}&size=1000")
        dst = large.site("dst", "dummy://any/")
        alone = statistics.median(small.seconds_of(src, dst) for _ in range(TIMES))
        order_alone = statistics.median(small.seconds_of_an_order() for _ in range(TIMES))
        flood = large.copy(src, dst)
        work = "select num_done from transfer_jobs where id = :job"
        wait_for("the flood is at work", lambda: ledger.number(work, job=flood) > 100, 120)
        beside = statistics.median(small.seconds_of(src, dst) for _ in range(TIMES))
        order_beside = statistics.median(small.seconds_of_an_order() for _ in range(TIMES))
        assert large.status(flood) in {"RUNNING", "SUBMITTED"}
        tell(
            f"{either.name}: ten files {alone:.2f} s alone, {beside:.2f} s beside {FLOOD} of another; "
            f"an order {order_alone:.2f} s, {order_beside:.2f} s"
        )
        assert beside < 3 * alone
        assert order_beside < 3 * max(order_alone, 0.1)
