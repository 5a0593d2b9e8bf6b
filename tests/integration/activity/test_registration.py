"""Registrations: confirmed by a link that only its mail has, decided by somebody else, carried out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import webtest

from barbican_like.activity.events.journal import Journal
from barbican_like.activity.registration import expire
from barbican_like.activity.tables import confirmations, events, mails
from barbican_like.common import clock
from barbican_like.common.errors import ConfigurationError
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.faults.waiting import wait_for
from tests.support import databases
from tests.support.application import Instance, prepare, running
from tests.support.events import API, World, accepted, at_rest, world
from tests.support.smtp import LONGEST_WAIT, Postbox, listening

PUBLIC = "https://keys.example/api/v1"
_LINK = re.compile(rf"{re.escape(PUBLIC)}/confirm/(\S+)")


@pytest.fixture(scope="module", params=databases.KINDS)
def open_to_all(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Postbox]]:
    """A registry that people may register at, on each of the databases in turn."""
    folder = tmp_path_factory.mktemp("registering")
    with ExitStack() as stack:
        box = stack.enter_context(listening())
        url = stack.enter_context(databases.empty_url(request.param, folder))
        settings = (
            f"[database]\nconnection = {url}\n[activity]\nregistration = open\nsmtp_host = 127.0.0.1\n"
            f"smtp_port = {box.port}\npublic_url = {PUBLIC}"
        )
        yield world(stack.enter_context(running(prepare(folder, settings)))), box


@pytest.fixture
def people(open_to_all: tuple[World, Postbox]) -> World:
    """Those who are in it."""
    return open_to_all[0]


@pytest.fixture
def box(open_to_all: tuple[World, Postbox]) -> Postbox:
    """Where its mails come."""
    return open_to_all[1]


def anonymous(instance: Instance) -> webtest.TestApp:
    """Somebody without credentials."""
    return webtest.TestApp(instance.application)


def register(people: World, path: str, **body: Any) -> webtest.TestResponse:
    """Ask to be let in."""
    wanted = {"terms": True, **body}
    return anonymous(people.instance).post_json(f"{API}/{path}", wanted, expect_errors=True)


def a_user(people: World, name: str, **more: Any) -> dict[str, Any]:
    """Who wants to be a user."""
    email = f"{name}@new.example"
    return {"authority": people.up, "first_name": name, "last_name": "New", "email": email, **more}


def token_of(box: Postbox, address: str) -> str:
    """The token of the link that somebody was sent."""
    (mail,) = box.to(address)
    found = _LINK.search(mail.get_content())
    assert found is not None
    return found[1]


def status_of(people: World, event_id: str) -> str:
    """An event's, as an admin sees it."""
    return str(at_rest(people.admin, event_id)["status"])


def approved(people: World, event_id: str) -> dict[str, Any]:
    """The event once somebody has let him in."""
    assert status_of(people, event_id) == "PENDING"
    answer = people.admin.call("PUT", f"{API}/requests/{event_id}", json={"action": "approve"})
    assert answer.status_int == 200, answer.json
    return wait_for(
        "it is carried out",
        lambda: (found := at_rest(people.admin, event_id))["status"] in {"SUCCESS", "ERROR"} and found,
        LONGEST_WAIT,
    )


def test_a_user_registers_confirms_is_approved_and_told(people: World, box: Postbox) -> None:
    event_id = accepted(register(people, "users", **a_user(people, "uma")))
    assert status_of(people, event_id) == "CONFIRM"
    token = token_of(box, "uma@new.example")
    confirmed = anonymous(people.instance).post_json(f"{API}/confirm", {"token": token})
    assert confirmed.json == {"result": "success", "event": event_id}
    found = approved(people, event_id)
    assert (found["status"], found["user"], found["notify"]) == ("SUCCESS", None, True)
    told = box.to("uma@new.example", 2)[1]
    assert told["Subject"] == "Your request was carried out"


def test_an_authority_brings_its_people_who_are_its_pis(people: World, box: Postbox) -> None:
    founders = [
        {"first_name": name, "last_name": "F", "email": f"{name}@lab.example"} for name in ("ada", "bea")
    ]
    body = {"name": "Lab", "shortname": "lab", "authority": people.root, "users": founders}
    event_id = accepted(register(people, "authorities", **body))
    assert status_of(people, event_id) == "CONFIRM"
    token = token_of(box, "ada@lab.example")
    anonymous(people.instance).post_json(f"{API}/confirm", {"token": token})
    found = approved(people, event_id)
    assert found["status"] == "SUCCESS", found
    urn = found["object"]["id"]
    (lab,) = people.admin.get(f"{API}/authorities/{urn}").json["result"]
    assert len(lab["pi_users"]) == 2
    assert lab["pi_users"] == lab["users"]


def test_a_link_is_followed_once_and_looking_at_it_confirms_nothing(people: World, box: Postbox) -> None:
    event_id = accepted(register(people, "users", **a_user(people, "ute")))
    token, app = token_of(box, "ute@new.example"), anonymous(people.instance)
    for _ in range(2):
        page = app.get(f"{API}/confirm/{token}")
        assert page.content_type == "text/html"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; form-action 'self'")
        assert "<script" not in page.text
    assert status_of(people, event_id) == "CONFIRM"
    form = page.form
    assert (form.method, form.action) == ("post", f"{PUBLIC}/confirm")
    done = app.post(f"{API}/confirm", {"token": form["token"].value})
    assert "Thank you" in done.text
    assert status_of(people, event_id) == "PENDING"
    assert app.get(f"{API}/confirm/{token}", expect_errors=True).status_int == 404
    assert app.post_json(f"{API}/confirm", {"token": token}, expect_errors=True).status_int == 404


def test_the_token_is_in_its_mail_and_nowhere_else(people: World, box: Postbox) -> None:
    answer = register(people, "users", **a_user(people, "udo"))
    event_id = accepted(answer)
    token = token_of(box, "udo@new.example")
    assert len(token) >= 43
    assert token not in answer.text
    assert token not in people.admin.get(f"{API}/activity/{event_id}").text
    with Reading(people.instance.runtime.database) as view:
        for table in (events, mails, confirmations):
            assert token not in str(view.connection.execute(sa.select(table)).all())


def test_what_is_not_confirmed_in_a_day_has_expired(people: World, box: Postbox) -> None:
    event_id = accepted(register(people, "users", **a_user(people, "uli")))
    token = token_of(box, "uli@new.example")
    database = people.instance.runtime.database
    with UnitOfWork(database) as uow:
        assert expire(uow, Journal(), clock.now() - timedelta(hours=24), 500) == 0
        assert expire(uow, Journal(), clock.now() + timedelta(seconds=1), 500) >= 1
        uow.commit()
    found = at_rest(people.admin, event_id)
    assert found["status"] == "ERROR"
    assert found["log"][-1]["message"] == "The address was not confirmed in time"
    answer = anonymous(people.instance).post_json(f"{API}/confirm", {"token": token}, expect_errors=True)
    assert answer.status_int == 404
    # No admin's retry stands for the confirmation and the decision that there never were.
    assert people.admin.post(f"{API}/activity/{event_id}/retry").status_int == 409
    assert status_of(people, event_id) == "ERROR"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"terms": False}, "terms"),
        ({"terms": None}, "terms"),
        ({"email": "uma"}, "email"),
        ({"password": "x"}, "password"),
        ({"status": "ACTIVE"}, "status"),
    ],
)
def test_what_is_wrong_with_a_registration_is_named(
    people: World, change: dict[str, Any], field: str
) -> None:
    answer = register(people, "users", **(a_user(people, "ugo") | change))
    assert (answer.status_int, answer.json["field"]) == (400, field)


def test_an_authority_s_people_are_checked_one_by_one(people: World) -> None:
    body = {"name": "Lab", "shortname": "lab2", "authority": people.root}
    good = {"first_name": "a", "last_name": "b", "email": "a@b.example"}
    for users, field in (
        (None, "users"),
        ([], "users"),
        ([good, good], "users"),
        ([good, {**good, "email": "x"}], "users.1.email"),
    ):
        answer = register(people, "authorities", **body, users=users)
        assert (answer.status_int, answer.json["field"]) == (400, field)


def test_closed_registration_and_every_other_call_want_credentials(instance: Instance, people: World) -> None:
    closed = anonymous(instance)
    body = {"terms": True, "first_name": "x", "last_name": "y", "email": "x@y.example", "authority": "z"}
    assert closed.post_json(f"{API}/users", body, expect_errors=True).status_int == 401
    opened = anonymous(people.instance)
    for method, path in (
        ("GET", "users"),
        ("GET", "activity"),
        ("POST", "projects"),
        ("POST", "activity"),
        ("POST", "usertoken"),
        ("POST", "subscriptions"),
    ):
        answer = opened.request(f"{API}/{path}", method=method, expect_errors=True)
        assert answer.status_int == 400, (method, path)  # as [api] auth = noauth refuses who names no project


def test_open_registration_wants_what_its_mails_need(new_instance: Any) -> None:
    with pytest.raises(ConfigurationError, match="registration = open needs smtp_host and public_url"):
        new_instance("[activity]\nregistration = open", worker=False)
