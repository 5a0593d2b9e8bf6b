"""Deliveries to a receiver that listens: in order, signed, tried again, ended."""

from __future__ import annotations

import re
import runpy
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from barbican_like.common import clock
from barbican_like.model.tables import tasks
from tests.faults.waiting import wait_for
from tests.support import databases
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.feed import envelopes, now
from tests.support.receivers import LONGEST_WAIT, Receiver, receiving
from tests.support.shared import one_of_each

PATH = "/api/v1/subscriptions"
LONG_AGO = clock.now() - timedelta(days=3)
PRIVATE = "[activity]\nwebhook_allow_private = true"


@pytest.fixture(scope="module")
def delivering_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instance]]:
    """Gives an application on a kind of database, with a worker that delivers to this machine."""

    @contextmanager
    def started(kind: str) -> Iterator[Instance]:
        folder = tmp_path_factory.mktemp(kind)
        with ExitStack() as stack:
            url = stack.enter_context(databases.empty_url(kind, folder))
            conf = prepare(folder, f"[database]\nconnection = {url}\n{PRIVATE}")
            yield stack.enter_context(running(conf))

    with one_of_each(started) as on:
        yield on


@pytest.fixture(params=databases.KINDS)
def delivering(request: pytest.FixtureRequest, delivering_on: Callable[[str], Instance]) -> Instance:
    """It on each of the databases in turn."""
    return delivering_on(request.param)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver without TLS."""
    with receiving() as found:
        yield found


@dataclass(frozen=True)
class Subscribed:
    """A user with a subscription."""

    caller: Caller
    shown: dict[str, Any]  # as it was when it was made

    @property
    def path(self) -> str:
        """Of the subscription."""
        return f"{PATH}/{self.shown['id']}"

    def now(self) -> dict[str, Any]:
        """The subscription as it now is."""
        found: dict[str, Any] = self.caller.get(self.path).json["result"][0]
        return found

    def wait_for(self, **wanted: object) -> dict[str, Any]:
        """It, as soon as it shows that."""

        def look() -> dict[str, Any] | None:
            found = self.now()
            return found if all(found[name] == value for name, value in wanted.items()) else None

        return wait_for(f"the subscription shows {wanted}", look, LONGEST_WAIT)


def subscribed(instance: Instance, receiver: Receiver, user: str = "alice", **wanted: object) -> Subscribed:
    """A user of a fresh project, who has changes delivered."""
    caller = instance.caller(X_User_Id=user, X_Roles="member")
    answer = caller.post(PATH, {"target": f"{receiver.url}/hook", **wanted})
    assert answer.status_int == 201, answer.json
    return Subscribed(caller, answer.json["result"][0])


def test_changes_are_delivered_in_order_as_the_feed_has_them(
    delivering: Instance, receiver: Receiver
) -> None:
    """Each once, signed with the subscription's key, and none of another project's."""
    alice = subscribed(delivering, receiver)
    begin = alice.shown["cursor"]
    delivering.caller().new_secret(name="another's")
    for number in range(5):
        alice.caller.new_secret(name=f"secret-{number}")
    found = receiver.wait_for(5)
    assert [one.item for one in found] == envelopes(alice.caller, since=begin)
    for one in found:
        one.verify(alice.shown["secret"])
        assert one.id == f"{alice.shown['id']}.{one.item['data']['seq']}"
        assert one.path == "/hook"
        assert one.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    alice.wait_for(cursor=found[-1].seq)
    assert len(receiver.deliveries) == 5


def test_only_what_the_filter_lets_through_is_delivered(delivering: Instance, receiver: Receiver) -> None:
    """The place moves past the rest."""
    alice = subscribed(delivering, receiver, filter={"op": ["deleted"]})
    kept, gone = alice.caller.new_secret(name="kept"), alice.caller.new_secret(name="gone")
    alice.caller.delete(gone)
    (found,) = receiver.wait_for(1)
    assert found.item["data"]["object"]["id"] == gone.rpartition("/")[2]
    alice.caller.call("PUT", f"{kept}/metadata", json={"metadata": {"a": "1"}})
    alice.wait_for(cursor=now(alice.caller), problem=None)
    assert len(receiver.deliveries) == 1


def test_a_refused_item_is_tried_again_before_the_next_one(delivering: Instance, receiver: Receiver) -> None:
    """With the same id and body, another timestamp and signature; nothing overtakes it."""
    receiver.status = lambda number: 500 if number in {1, 2} else 200
    alice = subscribed(delivering, receiver)
    for number in range(3):
        alice.caller.new_secret(name=f"secret-{number}")
    found = receiver.wait_for(5)
    first, second, third = sorted({one.seq for one in found})
    assert [one.seq for one in found] == [first, second, second, second, third]
    assert len({(one.id, one.body) for one in found}) == 3
    for one in found:
        one.verify(alice.shown["secret"])
    alice.wait_for(cursor=third, problem=None)


def test_what_is_wrong_is_shown_while_it_is(delivering: Instance, receiver: Receiver) -> None:
    receiver.status = lambda _: 503
    alice = subscribed(delivering, receiver)
    alice.caller.new_secret(name="x")
    shown = alice.wait_for(problem="The target answered 503")
    assert (shown["status"], shown["cursor"]) == ("ACTIVE", alice.shown["cursor"])
    receiver.status = lambda _: 200
    alice.wait_for(problem=None)


def test_redirects_are_not_followed(delivering: Instance, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.location = (lambda _: 307), f"{elsewhere.url}/"
        alice = subscribed(delivering, receiver)
        alice.caller.new_secret(name="x")
        alice.wait_for(problem="The target answered 307: redirects are not followed")
        assert elsewhere.deliveries == []


def test_a_receiver_that_is_gone_ends_the_subscription(delivering: Instance, receiver: Receiver) -> None:
    """Until its owner lets it go on: then with the item that was refused."""
    receiver.status = lambda _: 410
    alice = subscribed(delivering, receiver)
    alice.caller.new_secret(name="x")
    shown = alice.wait_for(status="DISABLED")
    assert shown["problem"] == "The target answered 410: it wants no more"
    assert alice.caller.call("PUT", alice.path, json={"status": "PAUSED"}).status_int == 409
    alice.caller.new_secret(name="y")
    receiver.status = lambda _: 200
    assert alice.caller.call("PUT", alice.path, json={"status": "ACTIVE"}).status_int == 200
    refused, again, following = receiver.wait_for(3)
    assert refused.id == again.id
    assert following.seq > again.seq


def test_a_target_that_takes_nothing_for_two_days_is_given_up(
    delivering: Instance, receiver: Receiver
) -> None:
    """Its task stays among the dead ones; when the owner lets it go on, that counts no longer."""
    receiver.status = lambda _: 500
    alice = subscribed(delivering, receiver)
    alice.caller.new_secret(name="x")
    receiver.wait_for(1)
    of_this = tasks.c.entity_id == alice.shown["id"]

    def aged() -> bool:
        with delivering.runtime.database.writing() as connection:
            failed = tasks.update().where(of_this, tasks.c.failing_since.is_not(None))
            return connection.execute(failed.values(failing_since=LONG_AGO)).rowcount == 1

    wait_for("the task has failed", aged, LONGEST_WAIT)
    shown = alice.wait_for(status="DISABLED")
    assert shown["problem"] == "The target has taken nothing for two days"
    receiver.status = lambda _: 200
    assert alice.caller.call("PUT", alice.path, json={"status": "ACTIVE"}).status_int == 200
    alice.wait_for(cursor=receiver.deliveries[0].seq)


def test_a_paused_subscription_delivers_later_what_has_come_meanwhile(
    delivering: Instance, receiver: Receiver
) -> None:
    alice = subscribed(delivering, receiver)
    alice.caller.call("PUT", alice.path, json={"status": "PAUSED"})
    for number in range(3):
        alice.caller.new_secret(name=f"secret-{number}")
    with receiving() as other:
        witness = subscribed(delivering, other)
        witness.caller.new_secret(name="x")
        other.wait_for(1)  # so everything before it would have come by now
    assert receiver.deliveries == []
    alice.caller.call("PUT", alice.path, json={"status": "ACTIVE"})
    receiver.wait_for(3)


def test_a_replay_delivers_again_with_the_same_ids(delivering: Instance, receiver: Receiver) -> None:
    alice = subscribed(delivering, receiver)
    for number in range(3):
        alice.caller.new_secret(name=f"secret-{number}")
    first = receiver.wait_for(3)
    answer = alice.caller.post(f"{alice.path}/replay", {"since": first[0].seq})
    assert (answer.status_int, answer.json["result"][0]["cursor"]) == (202, first[0].seq)
    again = receiver.wait_for(5)[3:]
    assert [(one.id, one.body) for one in again] == [(one.id, one.body) for one in first[1:]]


def test_a_new_key_signs_beside_the_old_one(delivering: Instance, receiver: Receiver) -> None:
    alice = subscribed(delivering, receiver)
    answer = alice.caller.post(f"{alice.path}/rotate")
    new = answer.json["result"][0]["secret"]
    alice.caller.new_secret(name="x")
    (found,) = receiver.wait_for(1)
    found.verify(alice.shown["secret"])
    found.verify(new)
    assert found.headers["webhook-signature"].count("v1,") == 2


def test_rights_that_an_acl_takes_away_end(delivering: Instance, receiver: Receiver) -> None:
    """Bob is told of another project's secret for as long as its ACL names him."""
    alice = delivering.caller(X_User_Id="alice", X_Roles="member")
    bob = subscribed(delivering, receiver, "bob")
    secret = alice.new_secret(name="shared")
    alice.call("PUT", f"{secret}/acl", json={"read": {"users": ["bob"]}})
    alice.call("PUT", f"{secret}/metadata", json={"metadata": {"a": "1"}})
    found = receiver.wait_for(2)
    assert [one.item["data"]["what"] for one in found] == ["acl", "metadata"]
    alice.delete(f"{secret}/acl")
    alice.call("PUT", f"{secret}/metadata", json={"metadata": {"a": "2"}})
    bob.wait_for(cursor=now(bob.caller))
    assert len(receiver.deliveries) == 2


def test_the_receiver_that_the_documents_show_knows_what_is_genuine(
    delivering: Instance, receiver: Receiver, tmp_path: Path
) -> None:
    """The Python of doc/source/subscriptions.rst, as it stands there."""
    page = (Path(__file__).parents[3] / "doc/source/subscriptions.rst").read_text()
    block = re.search(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", page)
    assert block is not None
    file = tmp_path / "shown.py"
    file.write_text(textwrap.dedent(block[1]))
    is_genuine = runpy.run_path(str(file))["is_genuine"]
    alice = subscribed(delivering, receiver)
    alice.caller.new_secret(name="x")
    (found,) = receiver.wait_for(1)
    assert is_genuine(alice.shown["secret"], found.headers, found.body)
    assert not is_genuine(alice.shown["secret"], found.headers, found.body + b" ")
    assert not is_genuine(alice.shown["secret"], found.headers | {"webhook-timestamp": "1"}, found.body)
    other = alice.caller.post(f"{alice.path}/rotate").json["result"][0]["secret"]
    assert not is_genuine(other, found.headers, found.body)
