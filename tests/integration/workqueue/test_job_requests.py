"""Requests about jobs: the document's examples, what is refused and how, pages, keys, and who sees what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.waiting import wait_for
from tests.support.application import Instance
from tests.support.transfers import Mover, mover

DUMMY = "dummy://any/?files=3"


@pytest.fixture
def site(someone: Mover) -> int:
    return someone.site("site", DUMMY)


def refused(someone: Mover, path: str, body: dict[str, Any], *, naming: str) -> None:
    answer = someone.call("POST", path, json=body)
    assert answer.status_int == 400, answer
    assert set(answer.json) == {"code", "title", "description"}
    assert naming in answer.json["description"], answer.json


@pytest.mark.parametrize(
    ("path", "more", "shown"),
    [
        ("/jobs", {"type": "0"}, {"type": "LIST"}),
        ("/jobs", {"type": 0}, {"type": "LIST"}),
        ("/jobs", {"type": "list"}, {"type": "LIST"}),
        ("/list", {}, {"type": "LIST"}),
        ("/copy", {"dst_siteid": "site", "dst_filepath": "someotherfile"}, {"type": "COPY"}),
        ("/jobs", {"type": "1", "dst_siteid": "site", "dst_filepath": "other"}, {"type": "COPY"}),
        ("/remove", {}, {"type": "REMOVE"}),
        ("/rename", {"dst_filepath": "someotherfile"}, {"type": "RENAME", "dst_siteid": "site"}),
        ("/mkdir", {"src_filepath": "~/somedir"}, {"type": "MKDIR", "src_filepath": "~/somedir"}),
    ],
)
def test_the_documents_examples_are_answered_in_its_shape(
    someone: Mover, site: int, path: str, more: dict[str, Any], shown: dict[str, Any]
) -> None:
    body = {"src_siteid": site, "src_filepath": "somefile"} | more
    job = someone.post(path, {key: site if value == "site" else value for key, value in body.items()})
    wanted = {
        "user_id": "mover",
        "src_siteid": site,
        "status": "SUBMITTED",
        "extra_opts": {},
        "priority": 5,
        "protocol": "DUMMY",
    } | {key: site if value == "site" else value for key, value in shown.items()}
    assert {key: job[key] for key in wanted} == wanted
    assert job["timestamp"].endswith("+00:00")
    assert isinstance(job["id"], int)
    assert someone.get(f"/jobs/{job['id']}")["log_uid"] == job["log_uid"]
    listed = someone.get("/jobs")
    assert [one["id"] for one in listed] == [job["id"]]
    assert {"num_elements", "num_new", "num_submitted", "num_running", "num_done", "num_failed"} <= set(
        listed[0]
    )
    assert someone.get(f"/jobs/{job['id']}/status")["jobid"] == job["id"]
    state = someone.get(f"/jobs/{job['id']}/elements/0/status")
    assert {"jobid", "elementid", "status", "attempts"} <= set(state)
    someone.ended(job)


@pytest.mark.parametrize(
    ("more", "naming"),
    [
        ({"type": None}, "'type'"),
        ({"type": "nothing"}, "type"),
        ({"type": 9}, "type"),
        ({"type": True}, "type"),
        ({"type": 0.0}, "type"),
        ({"priority": 10}, "priority"),
        ({"priority": "5"}, "priority"),
        ({"priority": 5.0}, "priority"),
        ({"max_tries": 0}, "max_tries"),
        ({"max_tries": True}, "max_tries"),
        ({"src_siteid": "1"}, "src_siteid"),
        ({"src_siteid": 0}, "src_siteid"),
        ({"src_siteid": 2**31}, "src_siteid"),
        ({"src_siteid": 2**31 - 1}, "src_siteid"),
        ({"protocol": "SSH"}, "protocol"),
        ({"protocol": "6"}, "protocol"),
        ({"protocol": "smoke"}, "protocol"),
        ({"src_filepath": ""}, "src_filepath"),
        ({"src_filepath": "a/../b"}, "src_filepath"),
        ({"src_filepath": "a\x00b"}, "src_filepath"),
        ({"src_filepath": "ä" * 2049}, "src_filepath"),
        ({"src_filepath": 7}, "src_filepath"),
        ({"dst_filepath": "x"}, "dst_filepath"),
        ({"dst_siteid": 1}, "dst_siteid"),
        ({"extra_opts": []}, "extra_opts"),
        ({"extra_opts": {"speed": 1}}, "extra_opts.speed"),
        ({"extra_opts": {"overwrite": "maybe"}}, "extra_opts.overwrite"),
        ({"extra_opts": {"verify": 1}}, "extra_opts.verify"),
        ({"extra_opts": {"depth": 2}}, "extra_opts.depth"),
        ({"extra_opts": {"timeout": 0}}, "extra_opts.timeout"),
        ({"extra_opts": {"timeout": True}}, "extra_opts.timeout"),
        ({"extra_opts": {"not_before": "soon"}}, "extra_opts.not_before"),
        ({"extra_opts": {"bandwidth": 1.5}}, "extra_opts.bandwidth"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(someone: Mover, site: int, more: dict[str, Any], naming: str) -> None:
    body = {"src_siteid": site, "src_filepath": "somefile", "type": "LIST"} | more
    refused(someone, "/jobs", {key: value for key, value in body.items() if value is not None}, naming=naming)
    assert someone.get("/jobs") == []


@pytest.mark.parametrize(
    ("path", "more", "naming"),
    [
        ("/copy", {"dst_filepath": "x"}, "dst_siteid"),
        ("/copy", {"dst_siteid": "site"}, "dst_filepath"),
        ("/copy", {"dst_siteid": "site", "dst_filepath": "somefile"}, "dst_filepath"),
        ("/copy", {"dst_siteid": "site", "dst_filepath": "./somefile//below/"}, "dst_filepath"),
        (
            "/copy",
            {"dst_siteid": "site", "dst_filepath": "x", "extra_opts": {"depth": -1}},
            "extra_opts.depth",
        ),
        ("/rename", {}, "dst_filepath"),
        ("/rename", {"src_filepath": "/", "dst_filepath": "x"}, "src_filepath"),
        ("/remove", {"src_filepath": "~"}, "src_filepath"),
        ("/jobs", {"type": "REMOVE", "src_filepath": "//./"}, "src_filepath"),
    ],
)
def test_what_does_not_go_together_is_refused(
    someone: Mover, site: int, path: str, more: dict[str, Any], naming: str
) -> None:
    body = {"src_siteid": site, "src_filepath": "somefile"} | more
    refused(
        someone, path, {key: site if value == "site" else value for key, value in body.items()}, naming=naming
    )


def test_members_of_the_servers_own_are_dropped(someone: Mover, site: int) -> None:
    mine = dict.fromkeys(
        ("id", "user_id", "log_uid", "status", "attempts", "timestamp", "src_credentials"), "x"
    )
    job = someone.post("/list", {"src_siteid": site, "src_filepath": "a", **mine})
    assert (job["user_id"], job["status"]) == ("mover", "SUBMITTED")
    assert "src_credentials" not in job


@pytest.mark.parametrize("job_id", ["0", "999999", "x", "1.0", "-1", "99999999999", "%C3%A4"])
def test_a_job_that_cannot_be_is_not_found(someone: Mover, job_id: str) -> None:
    for below in (
        "",
        "/status",
        "/elements",
        "/elements/0",
        "/elements/0/status",
        "/output",
        "/elements/0/output",
    ):
        assert someone.call("GET", f"/jobs/{job_id}{below}").status_int == 404
    for action in ("cancel", "retry"):
        assert someone.call("POST", f"/jobs/{job_id}/{action}").status_int == 404
    assert someone.call("DELETE", f"/jobs/{job_id}").status_int == 404


def test_others_jobs_are_not_found(someone: Mover, moving_instance: Instance, site: int) -> None:
    """Neither another project's nor another user's; a request that names no user sees the project's."""
    job = someone.done("/list", src_siteid=site, src_filepath="d")
    path = f"/workqueue/api/v1.0/jobs/{job['id']}"
    assert mover(moving_instance).caller.get(path).status_int == 404
    headers = {"X-Roles": "member", "X-User-Id": "another"}
    assert someone.caller.get(path, headers=headers).status_int == 404
    assert someone.caller.get("/workqueue/api/v1.0/jobs", headers=headers).json == []
    nobody = moving_instance.caller(someone.caller.project_id, X_Roles="member")
    assert nobody.get(path).status_int == 200
    assert nobody.delete(path, headers={"X-Roles": "audit"}).status_int == 403


def test_jobs_and_elements_come_in_pages(someone: Mover, site: int) -> None:
    made = [someone.done("/list", src_siteid=site, src_filepath=f"d{n}")["id"] for n in range(5)]
    seen: list[int] = []
    path = "/jobs?limit=2&type=0&status=done"
    while path:
        answer = someone.call("GET", path)
        seen += [job["id"] for job in answer.json]
        link = answer.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link.partition(">")[0].partition("/workqueue/api/v1.0")[2]
    assert seen == made[::-1]
    assert [job["id"] for job in someone.get("/jobs?sort=id&limit=2")] == made[:2]
    assert someone.get("/jobs?status=FAILED") == []
    job = someone.done("/copy", src_siteid=site, src_filepath="a", dst_siteid=site, dst_filepath="b")
    answer = someone.call("GET", f"/jobs/{job['id']}/elements?limit=3")
    assert [one["id"] for one in answer.json] == [0, 1, 2]
    assert "marker=2" in answer.headers["Link"]
    assert [one["id"] for one in someone.get(f"/jobs/{job['id']}/elements?marker=2")] == [3]
    outputs = someone.call("GET", f"/jobs/{job['id']}/output?limit=2")
    assert [one["elementid"] for one in outputs.json] == [0, 1]
    assert "marker=1" in outputs.headers["Link"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "marker=x",
        "marker=-1",
        "status=odd",
        "type=7",
        "sort=name",
    ],
)
def test_a_query_of_no_use_is_refused(someone: Mover, query: str) -> None:
    answer = someone.call("GET", f"/jobs?{query}")
    assert answer.status_int == 400
    assert query.partition("=")[0] in answer.json["description"]


def test_an_output_that_is_not_there_yet_or_never_will_be(someone: Mover) -> None:
    site = someone.site("slow", "dummy://any/?files=1&size=100000&rate=1000")
    job = someone.post(
        "/copy", {"src_siteid": site, "src_filepath": "a", "dst_siteid": site, "dst_filepath": "b"}
    )
    path = f"/jobs/{job['id']}/elements"
    wait_for("the file is at work", lambda: someone.get(f"/jobs/{job['id']}")["num_done"] == 1, 30)
    assert someone.call("GET", f"{path}/1/output").status_int == 400
    assert someone.call("GET", f"{path}/1/output/1").status_int == 400
    assert someone.call("GET", f"{path}/7/output").status_int == 404
    assert someone.get(f"{path}/0/output/1")["status"] == "DONE"
    for number in ("0", "2", "-2", "x", "1.0", "99999999999"):
        answer = someone.call("GET", f"{path}/0/output/{number}")
        assert answer.status_int == 400, number
        assert "attempt" in answer.json["description"]
    someone.post(f"/jobs/{job['id']}/cancel")
    someone.ended(job)
    file = someone.instance.runtime.conf.data_dir
    uid = job["log_uid"]
    log = f"{file}/transfers/{uid[:2]}/{uid}/0/attempt1.log"
    with open(log) as text:  # noqa: PTH123
        first = text.readline().split()
    assert (len(first), first[1]) == (3, "0")


def test_a_log_that_is_gone_is_a_500(someone: Mover, site: int) -> None:
    job = someone.done("/list", src_siteid=site, src_filepath="d")
    uid = job["log_uid"]
    folder = Path(someone.instance.conf.data_dir) / "transfers" / uid[:2] / uid
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "0/attempt1.log").unlink()
    assert someone.call("GET", f"/jobs/{job['id']}/output").status_int == 500
    assert someone.call("GET", f"/jobs/{job['id']}/elements/0/output").status_int == 500


def test_the_same_request_with_the_same_key_makes_one_job(someone: Mover, site: int) -> None:
    """Another request with it is a conflict; one that was refused has not used it up."""
    body, key = {"src_siteid": site, "src_filepath": "d"}, {"Idempotency-Key": "one!"}
    assert someone.call("POST", "/list", json=body | {"priority": 99}, headers=key).status_int == 400
    first = someone.post("/list", body, headers=key)
    again = someone.post("/list", body, headers=key)
    assert again["id"] == first["id"]
    assert someone.call("POST", "/list", json=body | {"priority": 1}, headers=key).status_int == 409
    assert someone.call("POST", "/mkdir", json=body, headers=key).status_int == 409
    assert len(someone.get("/jobs")) == 1
    for odd in ("", "a b", "x" * 256, "ä"):
        answer = someone.call("POST", "/list", json=body, headers={"Idempotency-Key": odd})
        assert answer.status_int == 400, odd


def test_words_and_times_of_options_are_told_as_they_are_meant(someone: Mover) -> None:
    site = someone.site("s", "dummy://any/")
    given = {"overwrite": "ALWAYS", "verify": "Checksum", "symlinks": "FOLLOW", "not_before": " 2020-01-01 "}
    job = someone.post("/list", {"src_siteid": site, "src_filepath": "a", "extra_opts": given})
    assert job["extra_opts"] == {
        "overwrite": "always",
        "verify": "checksum",
        "symlinks": "follow",
        "not_before": "2020-01-01T00:00:00+00:00",
    }
    answer = someone.call(
        "POST", "/list", json={"src_siteid": site, "src_filepath": "a", "extra_opts": {"a": 1, "b": 2}}
    )
    assert answer.status_int == 400
    assert "extra_opts.a, extra_opts.b are unknown" in answer.json["description"]
    answer = someone.call(
        "POST", "/list", json={"src_siteid": site, "src_filepath": "a", "protocol": "\u017f\u017fh"}
    )
    assert answer.status_int == 400


def test_a_key_stays_used_when_its_job_is_removed(someone: Mover) -> None:
    site = someone.site("s", "dummy://any/")
    headers = {"Idempotency-Key": "once"}
    body = {"src_siteid": site, "src_filepath": "a"}
    job = someone.ended(someone.post("/list", body, headers=headers))
    assert someone.call("DELETE", f"/jobs/{job['id']}").status_int == 204
    for other in (body, body | {"src_filepath": "b"}):
        assert someone.call("POST", "/list", json=other, headers=headers).status_int == 409
