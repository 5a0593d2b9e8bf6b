"""Jobs on made-up sites: retries, cancellation, limits, shares."""

from __future__ import annotations

import pytest

from tests.faults.waiting import wait_for
from tests.support.transfers import Mover


def made_up(someone: Mover, name: str = "src", **words: object) -> int:
    query = "&".join(f"{key}={value}" for key, value in words.items())
    return someone.site(name, f"dummy://any/?{query}")


def copy(src: int, dst: int, **more: object) -> dict[str, object]:
    return {
        "src_siteid": src,
        "dst_siteid": dst,
        "src_filepath": "dir",
        "dst_filepath": "new",
        **more,
    }


def test_every_file_of_a_directory_is_copied(someone: Mover) -> None:
    src, dst = made_up(someone, files=300, size=1000), made_up(someone, "dst")
    job = someone.done("/copy", **copy(src, dst))
    assert (job["num_elements"], job["num_done"], job["bytes_done"]) == (301, 301, 300_000)
    outputs = someone.get(f"/jobs/{job['id']}/output?limit=1000")
    assert len(outputs) == 301
    assert {one["attempt"] for one in outputs} == {1}


def test_what_fails_once_is_tried_again(someone: Mover) -> None:
    """Each try is told, with its log; the job is never shown as FAILED meanwhile."""
    src, dst = made_up(someone, files=2, fail=1), made_up(someone, "dst")
    job = someone.done("/copy", **copy(src, dst))
    outputs = someone.get(f"/jobs/{job['id']}/output?attempts=all")
    told = [(one["elementid"], one["attempt"], one["status"]) for one in outputs]
    assert told == [(0, 1, "DONE"), (1, 1, "FAILED"), (1, 2, "DONE"), (2, 1, "FAILED"), (2, 2, "DONE")]
    last = someone.get(f"/jobs/{job['id']}/elements/1/output/-1")
    assert (last["attempt"], last["status"]) == (2, "DONE")


def test_what_fails_for_good_fails_the_job_at_once(someone: Mover) -> None:
    src, dst = made_up(someone, files=3, fail=9, error="permanent"), made_up(someone, "dst")
    job = someone.failed("/copy", **copy(src, dst))
    assert (job["num_done"], job["num_failed"]) == (1, 3)
    assert job["error"] == {
        "elementid": 1,
        "class": "permanent",
        "code": "DUMMY",
        "reason": "The site was told to fail",
    }


def test_a_retry_begins_what_has_failed_anew(someone: Mover) -> None:
    """Its tries count on, and so do its outputs."""
    src, dst = made_up(someone, files=1, fail=3), made_up(someone, "dst")
    job = someone.failed("/copy", **copy(src, dst))
    again = someone.post(f"/jobs/{job['id']}/retry")
    assert (again["status"], again["num_new"], again["num_failed"]) == ("SUBMITTED", 1, 0)
    assert someone.ended(again)["status"] == "DONE"
    element = someone.get(f"/jobs/{job['id']}/elements/1")
    assert (element["attempts"], element["max_tries"]) == (4, 4)
    assert someone.call("POST", f"/jobs/{job['id']}/retry").status_int == 409
    assert someone.call("POST", f"/jobs/{job['id']}/cancel").json["status"] == "DONE"


def test_a_listing_that_fails_is_taken_up_again(someone: Mover) -> None:
    src, dst = made_up(someone, files=2, fail_list=1), made_up(someone, "dst")
    job = someone.done("/copy", **copy(src, dst))
    assert someone.get(f"/jobs/{job['id']}/elements/0")["attempts"] == 2


def test_cancelling_ends_what_is_at_work_and_what_waits(someone: Mover) -> None:
    src, dst = made_up(someone, files=20, size=10_000_000, rate=1000), made_up(someone, "dst")
    job = someone.post("/copy", copy(src, dst))
    path = f"/jobs/{job['id']}"
    wait_for("a file is at work", lambda: someone.get(path)["num_running"] > 0, 30)
    assert someone.call("DELETE", path).status_int == 409
    someone.post(f"{path}/cancel")
    ended = someone.ended(job, 8)
    assert (ended["status"], ended["num_running"], ended["num_submitted"], ended["num_new"]) == (
        "CANCELLED",
        0,
        0,
        0,
    )
    assert ended["num_cancelled"] == 20
    someone.check_counters(job["id"])
    assert someone.call("DELETE", path).status_int == 204
    assert someone.call("GET", path).status_int == 404


def test_a_credential_that_is_wanted_is_waited_for(someone: Mover) -> None:
    """Without using up a try."""
    src, dst = made_up(someone, files=1, fail=1, error="auth"), made_up(someone, "dst")
    job = someone.post("/copy", copy(src, dst))
    path = f"/jobs/{job['id']}/elements/1"
    element = wait_for(
        "it waits",
        lambda: (
            someone.call("GET", path).status_int == 200
            and (found := someone.get(path))["error"] is not None
            and found
        ),
        30,
    )
    assert (element["status"], element["attempts"], element["error"]["code"]) == ("SUBMITTED", 0, "AUTH")
    assert someone.get(f"/jobs/{job['id']}")["status"] == "SUBMITTED"
    someone.post(f"/jobs/{job['id']}/cancel")
    assert someone.ended(job)["status"] == "CANCELLED"


@pytest.mark.parametrize("kind", ["list", "copy", "remove", "rename", "mkdir"])
def test_a_dry_run_does_nothing_and_says_what_it_would(someone: Mover, kind: str) -> None:
    site, folder = someone.folder_site("here")
    (folder / "dir").mkdir()
    (folder / "dir/a").write_text("12345")
    before = sorted(folder.rglob("*"))
    target = {"dst_filepath": "new"} if kind in {"copy", "rename"} else {}
    body = {"src_siteid": site, "src_filepath": "dir", "dry_run": True, **target}
    job = someone.done(f"/{kind}", **body, **({"dst_siteid": site} if kind == "copy" else {}))
    assert (job["num_elements"], job["dry_run"]) == (1, True)
    assert sorted(folder.rglob("*")) == before
    plan = someone.get(f"/jobs/{job['id']}/elements/0/output")["plan"]
    actions = [(one["type"], one["src_filepath"], one["action"]) for one in plan["elements"]]
    assert (
        actions
        == {
            "list": [],
            "copy": [("COPY", "dir/a", "copy")],
            "remove": [("REMOVE", "dir/a", "remove"), ("REMOVE", "dir", "remove")],
            "rename": [("RENAME", "dir", "rename")],
            "mkdir": [("MKDIR", "dir", "skip")],
        }[kind]
    )


def test_nothing_begins_before_its_time(someone: Mover) -> None:
    src = made_up(someone)
    body = {"src_siteid": src, "src_filepath": "d", "extra_opts": {"not_before": "2999-01-01T00:00:00+01:00"}}
    job = someone.post("/list", body)
    done = someone.done("/list", src_siteid=src, src_filepath="d")
    assert done["id"] > job["id"]
    assert someone.get(f"/jobs/{job['id']}/status") == {"jobid": job["id"], "status": "SUBMITTED"}
    someone.post(f"/jobs/{job['id']}/cancel")
    assert someone.get(f"/jobs/{job['id']}")["status"] == "CANCELLED"


def test_an_attempt_ends_when_its_time_is_over(someone: Mover) -> None:
    src, dst = made_up(someone, files=1, size=10_000_000, rate=1000), made_up(someone, "dst")
    job = someone.failed("/copy", **copy(src, dst, max_tries=1, extra_opts={"timeout": 0.5}))
    assert (job["error"]["code"], job["error"]["class"]) == ("TIMEOUT", "transient")


@pytest.mark.parametrize("round_", range(3))
def test_what_waits_for_another_try_is_never_left_alone(someone: Mover, round_: int) -> None:
    """Whichever slot of several was the last one: the first of them may have ended meanwhile."""
    src, dst = made_up(someone, files=5, size=100, rate=1000, fail=2), made_up(someone, "dst")
    job = someone.done("/copy", **copy(src, dst, max_tries=3))
    assert job["num_done"] == 6


def test_the_output_of_a_job_is_that_of_elements_that_have_ended(someone: Mover) -> None:
    """One that waits for another try has none there; all attempts are told where they are asked for."""
    src = someone.site("src", "dummy://any/?files=2&fail=1")
    body = {"src_siteid": src, "src_filepath": "d", "dst_siteid": src, "dst_filepath": "e"}
    job = someone.post("/copy", body)
    path = f"/jobs/{job['id']}"

    def attempted() -> bool:
        return any(one["attempts"] for one in someone.get(f"{path}/elements") if one["id"])

    wait_for("one has failed once", attempted, 30)
    ended = {one["id"] for one in someone.get(f"{path}/elements") if one["status"] in {"DONE", "FAILED"}}
    shown = {one["elementid"] for one in someone.get(f"{path}/output")}
    still = {one["id"] for one in someone.get(f"{path}/elements") if one["status"] in {"NEW", "SUBMITTED"}}
    assert ended <= shown
    assert not shown & still
    someone.ended(job)
    assert [one["attempt"] for one in someone.get(f"{path}/output")] == [1, 2, 2]
    assert len(someone.get(f"{path}/output?attempts=all")) == 5
