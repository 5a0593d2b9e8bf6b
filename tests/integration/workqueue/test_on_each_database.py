"""The ways through the slots, on each database: many at once, retries, cancellation, removal, credentials."""

from __future__ import annotations

from tests.faults.waiting import wait_for
from tests.support.transfers import Mover


def test_many_jobs_of_one_link_at_once(anyone: Mover) -> None:
    """Their slots lock rows of the same jobs and of each other; all end DONE, every counter right."""
    src = anyone.site("src", "dummy://any/?files=40&size=100&fail=1")
    dst = anyone.site("dst", "dummy://any/")
    body = {"src_siteid": src, "dst_siteid": dst, "src_filepath": "a", "dst_filepath": "b"}
    jobs = [anyone.post("/copy", body | {"priority": n % 3}) for n in range(6)]
    for job in jobs:
        ended = anyone.ended(job, 90)
        assert (ended["status"], ended["num_done"]) == ("DONE", 41)
        anyone.check_counters(job["id"])
        assert len(anyone.get(f"/jobs/{job['id']}/output?attempts=all")) == 81


def test_cancelling_and_trying_again_at_any_moment(anyone: Mover) -> None:
    src = anyone.site("src", "dummy://any/?files=400&size=10")
    dst = anyone.site("dst", "dummy://any/")
    job = anyone.post(
        "/copy", {"src_siteid": src, "dst_siteid": dst, "src_filepath": "a", "dst_filepath": "b"}
    )
    path = f"/jobs/{job['id']}"
    wait_for("some is done", lambda: anyone.get(path)["num_done"] > 50, 60)
    anyone.post(f"{path}/cancel")
    ended = anyone.ended(job)
    anyone.check_counters(job["id"])
    if ended["status"] == "CANCELLED":
        anyone.post(f"{path}/retry")
        ended = anyone.ended(job, 90)
    assert (ended["status"], ended["num_done"]) == ("DONE", 401)
    anyone.check_counters(job["id"])
    assert anyone.call("DELETE", path).status_int == 204


def test_a_tree_goes_there_and_away(anyone: Mover) -> None:
    here, folder = anyone.folder_site("here")
    for n in range(30):
        (folder / f"t/{n % 7}/{n % 3}").mkdir(parents=True, exist_ok=True)
        (folder / f"t/{n % 7}/{n % 3}/{n}").write_text(str(n))
    (folder / b"t/odd\xff\n%name".decode("utf-8", "surrogateescape")).write_text("odd")
    anyone.done("/copy", src_siteid=here, dst_siteid=here, src_filepath="t", dst_filepath="u")
    assert {p.name for p in (folder / "u").rglob("*")} == {p.name for p in (folder / "t").rglob("*")}
    anyone.done("/remove", src_siteid=here, src_filepath="t")
    anyone.done("/rename", src_siteid=here, src_filepath="u", dst_filepath="v")
    job = anyone.done("/list", src_siteid=here, src_filepath="v", extra_opts={"depth": -1})
    listing = anyone.get(f"/jobs/{job['id']}/elements/0")["listing"]
    assert sum(len(names) for names in listing.values()) == 7 + 21 + 31


def test_a_key_used_twice_makes_one_job(anyone: Mover) -> None:
    site = anyone.site("site", "dummy://any/")
    headers = {"Idempotency-Key": "k"}
    made = {
        anyone.post("/list", {"src_siteid": site, "src_filepath": "a"}, headers=headers)["id"]
        for _ in range(3)
    }
    assert len(made) == 1
