"""Sites and credentials over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.workqueue.repository.sites import CredentialRepo
from tests.faults.waiting import wait_for
from tests.support.application import Instance
from tests.support.caller import id_of
from tests.support.feed import changes, now
from tests.support.transfers import Mover, mover

DUMMY = [{"protocol": "DUMMY", "url": "dummy://any/?files=1"}]
GOOD: dict[str, Any] = {"name": "one", "endpoints": DUMMY}


def test_a_site_is_made_read_replaced_and_removed(someone: Mover) -> None:
    answer = someone.call("POST", "/sites", json=GOOD)
    assert answer.status_int == 201
    site = answer.json
    assert answer.headers["Location"].endswith(f"/workqueue/api/v1.0/sites/{site['id']}")
    assert {key: site[key] for key in ("name", "visibility", "home", "default_path", "auth", "enabled")} == {
        "name": "one",
        "visibility": "private",
        "home": "/",
        "default_path": "~",
        "auth": "NONE",
        "enabled": True,
    }
    assert site["limits"] == {"connections": 4, "per_link": 4, "bandwidth": None}
    assert (site["protocols"], site["is_owner"]) == (["DUMMY"], True)
    path = f"/sites/{site['id']}"
    changed = someone.call("PUT", path, json=GOOD | {"name": "two", "limits": {"connections": 1}})
    assert changed.status_int == 200
    assert (changed.json["name"], changed.json["limits"]["connections"]) == ("two", 1)
    assert someone.get(path) == changed.json
    assert [site for site in someone.get("/sites") if site["is_owner"]] == [changed.json]
    assert someone.call("DELETE", path).status_int == 204
    assert someone.call("GET", path).status_int == 404


@pytest.mark.parametrize(
    ("more", "naming"),
    [
        ({"name": "a b"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": None}, "name"),
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": DUMMY * 2}, "endpoints"),
        ({"endpoints": [{"protocol": "DUMMY", "url": "file:///x"}]}, "endpoints.0.url"),
        ({"endpoints": [{"protocol": "DUMMY", "url": "dummy://any/?files=x"}]}, "endpoints.0.url"),
        ({"endpoints": [{"protocol": "DUMMY", "url": "dummy://any/?speed=1"}]}, "endpoints.0.url"),
        ({"endpoints": [{"protocol": "DUMMY", "url": "dummy://me:secret@any/"}]}, "endpoints.0.url"),
        ({"endpoints": [{"protocol": "FILE", "url": "file:///etc"}]}, "endpoints.0.url"),
        ({"endpoints": [{"protocol": "FILE", "url": "file://host/etc"}]}, "endpoints.0.url"),
        (
            {"endpoints": [{"protocol": "GRIDFTP", "url": "gsiftp://h:2811/x"}], "auth": "X509"},
            "endpoints.0.protocol",
        ),
        ({"endpoints": [{"protocol": "GRIDFTP", "url": "gsiftp://h:2811/x"}]}, "auth"),
        ({"visibility": "secret"}, "visibility"),
        ({"home": "x"}, "home"),
        ({"home": "/.."}, "home"),
        ({"limits": {"connections": 0}}, "connections"),
        ({"limits": {"speed": 1}}, "speed"),
        ({"host_keys": ["x"]}, "host_keys"),
        ({"host_keys": [f"ssh-ed25519 {'A' * 68}"]}, "host_keys.0"),
        ({"colour": 1}, "colour"),
        ({"enabled": "no"}, "enabled"),
    ],
)
def test_what_is_wrong_with_a_site_is_named(someone: Mover, more: dict[str, Any], naming: str) -> None:
    body = {key: value for key, value in (GOOD | more).items() if value is not None}
    answer = someone.call("POST", "/sites", json=body)
    assert answer.status_int == 400, answer
    assert naming in answer.json["description"], answer.json
    assert "secret" not in answer.json["description"] or naming == "visibility"


def test_a_name_is_there_once_in_a_project(someone: Mover, moving_instance: Instance) -> None:
    someone.post("/sites", GOOD)
    assert someone.call("POST", "/sites", json=GOOD).status_int == 409
    other = someone.post("/sites", GOOD | {"name": "two"})
    assert someone.call("PUT", f"/sites/{other['id']}", json=GOOD).status_int == 409
    assert mover(moving_instance).call("POST", "/sites", json=GOOD).status_int == 201


def test_who_sees_and_changes_a_site(someone: Mover, moving_instance: Instance) -> None:
    """A private one its project; a public one everybody, and its project's admin alone changes it."""
    private = someone.post("/sites", GOOD)["id"]
    other = mover(moving_instance)
    assert other.call("GET", f"/sites/{private}").status_int == 404
    public = GOOD | {"name": "all", "visibility": "public"}
    assert someone.call("POST", "/sites", json=public).status_int == 403
    made = someone.call("POST", "/sites", json=public, headers={"X-Roles": "admin,member"}).json["id"]
    assert other.get(f"/sites/{made}")["is_owner"] is False
    assert made in [site["id"] for site in other.get("/sites")]
    for caller, roles in ((other, "admin,member"), (someone, "member")):
        headers = {"X-Roles": roles}
        assert caller.call("PUT", f"/sites/{made}", json=public, headers=headers).status_int == 403
        assert caller.call("DELETE", f"/sites/{made}", headers=headers).status_int == 403
    other.done("/list", src_siteid=made, src_filepath="d")
    assert someone.call("DELETE", f"/sites/{made}", headers={"X-Roles": "admin,member"}).status_int == 204


def test_a_site_that_is_needed_stays_and_one_that_is_disabled_is_refused(someone: Mover) -> None:
    site = someone.site("one", "dummy://any/?files=1&size=1000000&rate=1000")
    body = {"src_siteid": site, "src_filepath": "a", "dst_siteid": site, "dst_filepath": "b"}
    job = someone.post("/copy", body)
    assert someone.call("DELETE", f"/sites/{site}").status_int == 409
    someone.post(f"/jobs/{job['id']}/cancel")
    someone.ended(job)
    assert someone.call("PUT", f"/sites/{site}", json=GOOD | {"enabled": False}).status_int == 200
    answer = someone.call("POST", "/copy", json=body)
    assert answer.status_int == 400
    assert "src_siteid" in answer.json["description"]
    assert someone.call("DELETE", f"/sites/{site}").status_int == 204
    assert someone.get(f"/jobs/{job['id']}")["src_siteid"] == site


def secret(someone: Mover, payload: object) -> str:
    text = payload if isinstance(payload, str) else orjson.dumps(payload).decode()
    return str(
        someone.caller.post(
            "/v1/secrets", {"name": "credential", "payload": text, "payload_content_type": "text/plain"}
        ).json["secret_ref"]
    )


def test_a_credential_is_a_secret_of_the_project(someone: Mover) -> None:
    """Which registers the site as its consumer, and gives it back in the end."""
    site = someone.post("/sites", GOOD | {"auth": "PASSWORD"})["id"]
    path = f"/sites/{site}/credential"
    assert someone.call("GET", path).status_int == 404
    assert someone.call("DELETE", path).status_int == 404
    reference = secret(someone, {"username": "u", "password": "p"})
    answer = someone.call("PUT", path, json={"secret_ref": reference})
    assert answer.status_int == 200
    assert set(answer.json) == {"site_id", "secret_ref", "expires", "timestamp"}
    assert answer.json["secret_ref"] == reference
    consumers = reference.partition(":9311")[2] + "/consumers"
    found = someone.caller.get(consumers, version="1.1").json["consumers"]
    assert [(one["service"], one["resource_type"], one["resource_id"]) for one in found] == [
        ("workqueue", "site", str(site))
    ]
    second = secret(someone, {"username": "u", "password": "q"})
    assert someone.call("PUT", path, json={"secret_ref": second}).status_int == 200
    assert someone.caller.get(consumers, version="1.1").json["consumers"] == []
    assert someone.get(path)["secret_ref"] == second
    assert someone.call("DELETE", path).status_int == 204
    assert someone.call("GET", path).status_int == 404


def test_the_feed_hears_of_the_consumers_that_sites_are(someone: Mover) -> None:
    """As of those that clients register; nothing where nothing changes."""
    site = someone.post("/sites", GOOD | {"auth": "PASSWORD"})["id"]
    path = f"/sites/{site}/credential"
    first, second = (secret(someone, {"username": "u", "password": word}) for word in ("p", "q"))
    place = now(someone.caller)
    for reference in (first, first, second):
        assert someone.call("PUT", path, json={"secret_ref": reference}).status_int == 200
    assert someone.call("DELETE", path).status_int == 204
    told = [data for data in changes(someone.caller, since=place) if data["name"] == "secrets"]
    assert [(data["object"]["id"], data["what"]) for data in told] == [
        (id_of(reference), "consumers") for reference in (first, first, second, second)
    ]
    assert [len(data["snapshot"]["consumers"]) for data in told] == [1, 0, 1, 0]


def test_a_credential_whose_secret_is_gone_is_given_back_all_the_same(someone: Mover) -> None:
    site = someone.post("/sites", GOOD | {"auth": "PASSWORD"})["id"]
    path = f"/sites/{site}/credential"
    reference = secret(someone, {"username": "u", "password": "p"})
    assert someone.call("PUT", path, json={"secret_ref": reference}).status_int == 200
    assert someone.caller.delete(f"/v1/secrets/{id_of(reference)}").status_int == 204
    assert someone.call("DELETE", path).status_int in {204, 404}
    other = secret(someone, {"username": "u", "password": "q"})
    assert someone.call("PUT", path, json={"secret_ref": other}).status_int == 200


@pytest.mark.parametrize(
    ("payload", "naming"),
    [
        ("no json", "JSON"),
        ([], "object"),
        ({"username": "u"}, "password"),
        ({"username": "u", "password": 7}, "password"),
        ({"username": "u", "password": ""}, "password"),
        ({"username": "u", "password": "hunter2", "colour": "x"}, "colour"),
    ],
)
def test_a_secret_that_is_no_credential_is_refused(someone: Mover, payload: object, naming: str) -> None:
    """Naming members, and never a value."""
    site = someone.post("/sites", GOOD | {"auth": "PASSWORD"})["id"]
    answer = someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": secret(someone, payload)})
    assert answer.status_int == 400
    assert "secret_ref" in answer.json["description"]
    assert naming in answer.json["description"]
    assert "hunter2" not in answer.text


def test_a_secret_that_the_caller_may_not_read_is_refused(someone: Mover, moving_instance: Instance) -> None:
    site = someone.post("/sites", GOOD | {"auth": "TOKEN"})["id"]
    theirs = secret(mover(moving_instance), {"token": "t"})
    for reference in (theirs, "http://localhost:9311/v1/secrets/x", theirs[:-1] + "0", "x"):
        answer = someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": reference})
        assert answer.status_int == 400, reference
        assert "secret_ref" in answer.json["description"]
    plain = someone.post("/sites", GOOD | {"name": "plain"})["id"]
    answer = someone.call("PUT", f"/sites/{plain}/credential", json={"secret_ref": theirs})
    assert answer.status_int == 400


def test_a_check_says_whether_a_site_can_be_used(someone: Mover) -> None:
    good, folder = someone.folder_site("good")
    checked = someone.get(f"/sites/{good}/check")
    assert (checked["site_id"], checked["ok"]) == (good, True)
    assert checked["endpoints"][0]["latency"] >= 0
    folder.rmdir()
    checked = someone.get(f"/sites/{good}/check")
    assert (checked["ok"], checked["endpoints"][0]["error"]["code"]) == (False, "NOT_FOUND")
    wanting = someone.post("/sites", GOOD | {"auth": "TOKEN"})["id"]
    checked = someone.get(f"/sites/{wanting}/check")
    assert checked["endpoints"][0]["error"]["class"] == "auth"


def test_what_waits_for_a_credential_is_woken_by_it(someone: Mover) -> None:
    """A job waits without using up tries, and goes on as soon as there is a secret."""
    site = someone.post("/sites", GOOD | {"auth": "TOKEN"})["id"]
    job = someone.post("/list", {"src_siteid": site, "src_filepath": "d"})
    path = f"/jobs/{job['id']}/elements/0"
    wait_for("it waits", lambda: someone.get(path)["error"], 30)
    assert someone.get(path)["error"]["class"] == "auth"
    reference = secret(someone, {"token": "t"})
    assert someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": reference}).status_int == 200
    assert someone.ended(job, 10)["status"] == "DONE"
    assert someone.get(path)["attempts"] == 1


@pytest.mark.parametrize("name", ["abc\n", " abc", "", "a" * 65, "a b", 5])
def test_a_name_is_taken_as_it_comes(someone: Mover, name: object) -> None:
    """And refused where it is not one, whatever is around it."""
    answer = someone.call("POST", "/sites", json=GOOD | {"name": name})
    assert answer.status_int == 400
    assert "name" in answer.json["description"]


def test_words_are_taken_in_any_case_and_what_the_service_says_itself_is_dropped(someone: Mover) -> None:
    body = GOOD | {"auth": "password", "visibility": "Private", "user_id": "x", "status": 5, "log_uid": None}
    site = someone.post("/sites", body)
    assert (site["auth"], site["visibility"]) == ("PASSWORD", "private")
    answer = someone.call("POST", "/sites", json=GOOD | {"auth": "nothing", "name": "other"})
    assert answer.status_int == 400
    assert "['NONE', 'PASSWORD'" in answer.json["description"]


def test_unknown_members_are_all_named(someone: Mover) -> None:
    answer = someone.call("POST", "/sites", json=GOOD | {"foo": 1, "bar": 2})
    assert answer.status_int == 400
    assert "bar" in answer.json["description"]
    assert "foo" in answer.json["description"]


def test_a_site_with_two_credentials_of_one_secret_gives_it_back_in_the_end(someone: Mover) -> None:
    """Each of them would leave it to the other."""
    site = someone.post("/sites", GOOD | {"auth": "PASSWORD"})["id"]
    reference = secret(someone, {"username": "u", "password": "p"})
    assert someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": reference}).status_int == 200
    with UnitOfWork(someone.instance.runtime.database) as uow:
        credentials = uow.of(CredentialRepo)
        (mine,) = credentials.of_site(site)
        credentials.put(site, f"{mine.project_id}-2", mine.secret_id)
        uow.commit()
    assert someone.call("DELETE", f"/sites/{site}").status_int == 204
    consumers = reference.partition(":9311")[2] + "/consumers"
    assert someone.caller.get(consumers, version="1.1").json["consumers"] == []
