"""Projects that share a link take turns, however much one of them has waiting."""

from __future__ import annotations

from tests.faults.waiting import wait_for
from tests.support.application import Instance
from tests.support.transfers import Mover, mover

ADMIN = {"X-Roles": "admin,member"}


def public_site(someone: Mover, name: str, url: str) -> int:
    endpoint = {"protocol": "DUMMY", "url": url}
    body = {"name": name, "endpoints": [endpoint], "visibility": "public", "limits": {"per_link": 1}}
    return int(someone.post("/sites", body, headers=ADMIN)["id"])


def test_a_small_job_is_done_beside_a_large_one_of_another_project(moving_instance: Instance) -> None:
    """On one connection, without waiting for its end."""
    large, small = mover(moving_instance), mover(moving_instance)
    src = public_site(large, "src", "dummy://any/?files=1000&size=1000&rate=50000")
    few = public_site(large, "few", "dummy://any/?files=3&size=1000")
    body = {"src_siteid": src, "dst_siteid": few, "src_filepath": "a", "dst_filepath": "b"}
    flood = large.post("/copy", body)
    path = f"/jobs/{flood['id']}"
    wait_for("some are done", lambda: large.get(path)["num_done"] > 1, 30)
    one = small.done("/copy", **body | {"src_filepath": "file-000001"})
    assert one["num_done"] == 2
    assert large.get(path)["status"] in {"RUNNING", "SUBMITTED"}
    urgent = large.post("/copy", body | {"src_filepath": "file-000002", "priority": 0})
    assert large.ended(urgent)["status"] == "DONE"
    assert large.get(path)["num_done"] < 1001
    large.post(f"{path}/cancel")
    assert large.ended(flood, 10)["status"] == "CANCELLED"
