"""Mails that tell of events: to whom, once, and whatever the mail server does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from barbican_like.activity.tables import mails
from barbican_like.model.tables import tasks
from tests.faults.waiting import wait_for
from tests.support import databases
from tests.support.application import prepare, running
from tests.support.events import API, World, accepted, ask, at_rest, event, world
from tests.support.receivers import receiving
from tests.support.smtp import LONGEST_WAIT, Postbox, listening

SUBJECTS = {
    "pending": "A request waits for your decision",
    "denied": "Your request was denied",
    "done": "Your request was carried out",
    "failed": "Your request was not carried out",
    "disabled": "A subscription was disabled",
}


@pytest.fixture(scope="module", params=databases.KINDS)
def mailing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Postbox]]:
    """People of a registry whose mails go to a server of this module, on each of the databases in turn."""
    folder = tmp_path_factory.mktemp("mailing")
    with ExitStack() as stack:
        box = stack.enter_context(listening())
        url = stack.enter_context(databases.empty_url(request.param, folder))
        settings = (
            f"[database]\nconnection = {url}\n[activity]\nsmtp_host = 127.0.0.1\nsmtp_port = {box.port}\n"
            "mail_from = keys@keys.example\nwebhook_allow_private = true"
        )
        yield world(stack.enter_context(running(prepare(folder, settings)))), box


@pytest.fixture
def people(mailing: tuple[World, Postbox]) -> World:
    """The people."""
    return mailing[0]


@pytest.fixture
def box(mailing: tuple[World, Postbox]) -> Iterator[Postbox]:
    """Their server, which takes everything unless a test wants otherwise."""
    found = mailing[1]
    found.mails.clear()
    yield found
    found.answer = lambda _: "250 taken"
    found.stop()
    found.start()


def address(people: World, name: str) -> str:
    """Somebody's."""
    (user,) = people.admin.get(f"{API}/users/{people.urn(name)}").json["result"]
    return str(user["email"])


def asked(people: World, **more: Any) -> str:
    """Ulla asks for something that Petra or Rita have to decide; the event's id."""
    answer = ask(people.caller("ulla"), "UPDATE", "USER", people.urn("carl"), {"bio": "x"}, **more)
    return accepted(answer)


def decided(people: World, event_id: str, action: str, **more: str) -> None:
    """Petra decides it."""
    at_rest(people.caller("ulla"), event_id)
    answer = people.caller("petra").call("PUT", f"{API}/requests/{event_id}", json={"action": action, **more})
    assert answer.status_int == 200, answer.json


def about(found: list[EmailMessage], event_id: str, kind: str) -> list[EmailMessage]:
    """Those that tell of an event."""
    return [one for one in found if event_id in one.get_content() and one["Subject"] == SUBJECTS[kind]]


def test_those_who_may_decide_and_then_the_requester_are_told(people: World, box: Postbox) -> None:
    event_id = asked(people, notify=True)
    for name in ("petra", "rita"):
        assert len(about(box.to(address(people, name)), event_id, "pending")) == 1
    decided(people, event_id, "deny", message="Not now {link}")
    (mail,) = box.to(address(people, "ulla"))
    assert mail["Subject"] == SUBJECTS["denied"]
    assert "Not now {link}" in mail.get_content()
    assert mail["From"] == "keys@keys.example"
    assert sorted(one["To"] for one in box.mails) == sorted(
        address(people, name) for name in ("petra", "rita", "ulla")
    )


def test_a_mail_says_what_was_said_with_the_decision_and_no_comment(people: World, box: Postbox) -> None:
    """What those who decide say to each other is theirs."""
    event_id = asked(people)
    comment = {"message": "Between us: never."}
    assert people.caller("petra").post(f"{API}/activity/{event_id}/messages", comment).status_int == 200
    decided(people, event_id, "deny")
    (mail,) = box.to(address(people, "ulla"))
    assert mail["Subject"] == SUBJECTS["denied"]
    assert "Between us" not in mail.get_content()
    assert "No reason was given." in mail.get_content()


def test_a_mail_of_a_failure_names_it_and_not_what_was_said_before(people: World, box: Postbox) -> None:
    unknown = people.urn("carl") + "x"
    event_id = accepted(
        ask(people.caller("ulla"), "ADD", "AUTHORITY", people.upmc, {"type": "PI", "value": unknown})
    )
    decided(people, event_id, "approve", message="Fine.")
    (mail,) = box.to(address(people, "ulla"))
    assert mail["Subject"] == SUBJECTS["failed"]
    assert unknown in mail.get_content()
    assert "Fine." not in mail.get_content()


def test_nobody_is_told_who_has_not_asked_for_it(people: World, box: Postbox) -> None:
    """Until somebody decides, which the requester always hears of."""
    event_id = asked(people)
    decided(people, event_id, "approve")
    (mail,) = box.to(address(people, "ulla"))
    assert mail["Subject"] == SUBJECTS["done"]
    assert len(box.mails) == 1


def test_a_server_that_is_away_loses_no_mail_and_gets_none_twice(people: World, box: Postbox) -> None:
    box.stop()
    event_id = asked(people, notify=True)

    def tried() -> bool:
        with people.instance.runtime.database.reading() as connection:
            failed = sa.select(tasks.c.id).where(
                tasks.c.name == "process_activity_mail", tasks.c.failing_since.is_not(None)
            )
            return len(connection.execute(failed).all()) == 2

    wait_for("both mails were tried", tried, LONGEST_WAIT)
    box.start()
    found = [*box.to(address(people, "petra")), *box.to(address(people, "rita"))]
    assert len(about(found, event_id, "pending")) == 2
    wait_for("both are done", lambda: not open_mails(people), LONGEST_WAIT)
    assert len(box.mails) == len({one["Message-ID"] for one in box.mails}) == 2


def open_mails(people: World) -> list[Any]:
    """Tasks of mails that are not done."""
    with people.instance.runtime.database.reading() as connection:
        of_mails = sa.select(tasks.c.id).where(tasks.c.name == "process_activity_mail")
        return list(connection.execute(of_mails).all())


def test_a_mail_that_is_tried_again_is_the_same_one(people: World, box: Postbox) -> None:
    """As a server sees it that has taken it, and whose answer was lost."""
    ids: list[str] = []

    def answer(mail: EmailMessage) -> str:
        ids.append(mail["Message-ID"])
        return "451 later" if len(ids) < 3 else "250 taken"

    event_id = asked(people)
    box.answer = answer
    decided(people, event_id, "deny")
    assert len(about(box.to(address(people, "ulla")), event_id, "denied")) == 1
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_a_refusal_that_stays_ends_the_mail_with_a_warning_in_the_log(people: World, box: Postbox) -> None:
    tries: list[str] = []

    def answer(mail: EmailMessage) -> str:
        tries.append(mail["Message-ID"])
        return "550 no such user"

    event_id = asked(people)
    box.answer = answer
    decided(people, event_id, "deny")
    ulla = people.caller("ulla")

    def warned() -> list[str]:
        log = event(ulla, event_id)["log"]
        return [one["message"] for one in log if one["type"] == "warning"]

    (said,) = wait_for("the log has a warning", warned, LONGEST_WAIT)
    assert said == "Somebody was not told by mail (denied): The mail server refuses the mail (550)"
    assert len(tries) == 1
    assert not open_mails(people)
    with people.instance.runtime.database.reading() as connection:
        row = connection.execute(sa.select(mails).where(mails.c.event_id == event_id)).one()
    assert (row.sent_at, row.problem) == (None, "The mail server refuses the mail (550)")


def test_an_owner_is_told_that_his_subscription_was_disabled(people: World, box: Postbox) -> None:
    with receiving() as receiver:
        receiver.status = lambda _: 410
        ulla = people.instance.caller(X_User_Id=people.urn("ulla"), X_Roles="member")
        answer = ulla.post(f"{API}/subscriptions", {"target": receiver.url})
        (made,) = answer.json["result"]
        ulla.new_secret(name="x")
        (mail,) = box.to(address(people, "ulla"))
    assert mail["Subject"] == SUBJECTS["disabled"]
    assert made["id"] in mail.get_content()
