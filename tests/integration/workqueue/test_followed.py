"""Jobs and sites in the feed: what is told of them, and to whom."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from typing import Any

from tests.support import feed
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.feed import ask, changes, now
from tests.support.transfers import PREFIX, Mover, mover

_JOBS = {"name": ["jobs"]}
_SITES = {"name": ["sites"]}
_CANARY = "k4n4ry"
_ROLES = ("member", "admin", "reader", "creator", "observer", "audit", "nothing")


def told_of(caller: Caller, kind: str, thing: int, since: int = 0) -> list[dict[str, Any]]:
    """The data of a thing's rows."""
    return changes(caller, since=since, filter={"object": [kind], "id": [str(thing)]})


def present(caller: Caller, kind: str) -> dict[str, Any]:
    """What one who begins is told is there, by id."""
    items = ask(caller, include_initial="true", filter={"object": [kind]}).json["initial"]
    return {item["data"]["object"]["id"]: item["data"]["snapshot"] for item in items}


def test_each_status_of_a_job_is_told_once_from_its_beginning_to_its_end(anyone: Mover) -> None:
    """The last row shows it as a GET does; deleted, it is told as it last was."""
    site = anyone.site("many", "dummy://any/?files=300")
    job = anyone.done("/copy", src_siteid=site, src_filepath="a", dst_siteid=site, dst_filepath="b")
    rows = told_of(anyone.caller, "JOB", job["id"])
    assert (rows[0]["op"], rows[0]["old_status"], rows[0]["new_status"]) == ("created", None, "SUBMITTED")
    assert rows[0]["actor"] == "mover"
    assert all(row["op"] == "updated" for row in rows[1:])
    assert all(before["new_status"] == after["old_status"] for before, after in pairwise(rows))
    assert all(row["what"] == "progress" for row in rows[1:] if row["old_status"] == row["new_status"])
    assert rows[-1]["new_status"] == "DONE"
    assert rows[-1]["snapshot"] == anyone.get(f"/jobs/{job['id']}")
    assert present(anyone.caller, "JOB")[str(job["id"])] == rows[-1]["snapshot"]
    assert anyone.call("DELETE", f"/jobs/{job['id']}").status_int == 204
    last = told_of(anyone.caller, "JOB", job["id"])[-1]
    assert (last["op"], last["old_status"], last["new_status"]) == ("deleted", "DONE", None)
    assert last["snapshot"] == rows[-1]["snapshot"]
    assert present(anyone.caller, "JOB") == {}


def test_progress_of_a_job_is_told_at_most_once_in_each_second(someone: Mover) -> None:
    site = someone.site("slow", "dummy://any/?files=2000")
    job = someone.done("/copy", src_siteid=site, src_filepath="a", dst_siteid=site, dst_filepath="b")
    envelopes = feed.envelopes(someone.caller, filter={"id": [str(job["id"])], "name": ["jobs"]})
    told = [one["time"][:19] for one in envelopes if one["data"]["what"] == "progress"]
    assert not [second for second, count in Counter(told).items() if count > 1]


def test_what_was_cancelled_and_tried_again_is_told(someone: Mover) -> None:
    site = someone.site("stuck", "dummy://any/?files=1&size=1000000&rate=1000")
    body = {"src_siteid": site, "src_filepath": "a", "dst_siteid": site, "dst_filepath": "b"}
    job = someone.post("/copy", body)
    someone.post(f"/jobs/{job['id']}/cancel")
    someone.ended(job)
    someone.post(f"/jobs/{job['id']}/retry")
    someone.post(f"/jobs/{job['id']}/cancel")
    rows = told_of(someone.caller, "JOB", job["id"])
    assert {"cancel", "retry"} <= {row["what"] for row in rows}
    (again,) = (row for row in rows if row["what"] == "retry")
    assert (again["old_status"], again["new_status"]) == ("CANCELLED", "SUBMITTED")
    assert all(before["new_status"] == after["old_status"] for before, after in pairwise(rows))


def test_a_failed_job_is_told_with_its_reason(someone: Mover) -> None:
    site = someone.site("bad", "dummy://any/?fail_list=1&error=permanent")
    job = someone.failed("/list", src_siteid=site, src_filepath="a")
    last = told_of(someone.caller, "JOB", job["id"])[-1]
    assert last["new_status"] == "FAILED"
    assert last["snapshot"]["error"] == job["error"] != None  # noqa: E711


def test_a_caller_hears_of_jobs_and_sites_where_a_get_would_show_them(someone: Mover) -> None:
    """As changes and as what is there, whatever the caller's roles, user and project."""
    site = someone.site("any", "dummy://any/?files=0")
    job = someone.done("/list", src_siteid=site, src_filepath="a")
    instance, project = someone.instance, someone.caller.project_id
    seen = Counter[str]()
    for roles, user, project_id in product(_ROLES, ("mover", "other", None), (project, None)):
        named = {} if user is None else {"X_User_Id": user}
        caller = instance.caller(project_id, X_Roles=roles, **named)
        for kind, path, thing in (("JOB", "jobs", job["id"]), ("SITE", "sites", site)):
            may = caller.get(f"{PREFIX}/{path}/{thing}").status_int == 200
            assert bool(told_of(caller, kind, thing)) == may, (roles, user, project_id, kind)
            assert (str(thing) in present(caller, kind)) == may, (roles, user, project_id, kind)
            seen[kind] += may
    assert 0 < seen["JOB"] < seen["SITE"] < len(_ROLES) * 3


def test_a_site_is_told_as_a_get_shows_it(anyone: Mover) -> None:
    """Whether it is one's own depends on who asks, so it is left out."""
    site = anyone.site("one", "dummy://any/?files=1")
    shown = anyone.get(f"/sites/{site}")
    body = {name: shown[name] for name in ("name", "endpoints")}
    anyone.call("PUT", f"/sites/{site}", json=body | {"enabled": False, "description": "away"})
    shown = anyone.get(f"/sites/{site}")
    anyone.call("DELETE", f"/sites/{site}")
    made, changed, gone = told_of(anyone.caller, "SITE", site)
    assert [row["op"] for row in (made, changed, gone)] == ["created", "updated", "deleted"]
    assert [(row["old_status"], row["new_status"]) for row in (made, changed, gone)] == [
        (None, "ENABLED"),
        ("ENABLED", "DISABLED"),
        ("DISABLED", None),
    ]
    assert changed["snapshot"] | {"is_owner": True} == shown
    assert gone["snapshot"] == changed["snapshot"]


def test_a_public_site_is_told_to_all_and_who_shows_it_what_to_its_project_alone(
    someone: Mover, moving_instance: Instance
) -> None:
    """A credential's secret is in no row."""
    admin = {"X-Roles": "admin,member"}
    endpoint = {"protocol": "DUMMY", "url": "dummy://any/?files=1"}
    body = {"name": "all", "visibility": "public", "auth": "PASSWORD", "endpoints": [endpoint]}
    site = someone.call("POST", "/sites", json=body, headers=admin).json["id"]
    guest, third = mover(moving_instance), mover(moving_instance)
    payload = f'{{"username": "u", "password": "{_CANARY}"}}'
    secret = guest.caller.new_secret(payload=payload, payload_content_type="text/plain")
    reference = {"secret_ref": f"http://localhost:9311{secret}"}
    place = now(guest.caller)
    assert guest.call("PUT", f"/sites/{site}/credential", json=reference).status_int == 200
    assert guest.call("DELETE", f"/sites/{site}/credential").status_int == 204
    rows = told_of(guest.caller, "SITE", site, place)
    assert [(row["op"], row["what"]) for row in rows] == [("updated", "credential")] * 2
    assert {row["project_id"] for row in rows} == {guest.caller.project_id}
    assert _CANARY not in str(changes(guest.caller))
    assert told_of(third.caller, "SITE", site, place) == []
    assert told_of(someone.caller, "SITE", site, place) == []
    assert [row["op"] for row in told_of(third.caller, "SITE", site)] == ["created"]
    assert str(site) in present(third.caller, "SITE")
    assert someone.call("DELETE", f"/sites/{site}", headers=admin).status_int == 204
    assert told_of(third.caller, "SITE", site)[-1]["op"] == "deleted"
