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


def test_a_new_job_does_not_wait_for_a_large_file_where_a_connection_is_free(
    moving_instance: Instance,
) -> None:
    """The link has two: the first is busy for minutes."""
    someone = mover(moving_instance)
    limits = {"limits": {"per_link": 2}}
    src = someone.site("src", "dummy://any/?files=2&size=100000&rate=100", **limits)
    dst = someone.site("dst", "dummy://any/", **limits)
    body = {"src_siteid": src, "dst_siteid": dst, "src_filepath": "file-000000", "dst_filepath": "b"}
    large = someone.post("/copy", body)
    path = f"/jobs/{large['id']}"
    file = f"{path}/elements/1/status"
    wait_for("all is found", lambda: someone.get(path)["num_elements"] == 2, 30)
    wait_for("the large file is at work", lambda: someone.get(file)["transferred"], 30)
    small = someone.post("/copy", body | {"src_filepath": "none", "dry_run": True})
    assert someone.ended(small)["status"] == "DONE"
    assert someone.get(file)["status"] == "RUNNING"
    someone.post(f"{path}/cancel")
    assert someone.ended(large, 10)["status"] == "CANCELLED"
