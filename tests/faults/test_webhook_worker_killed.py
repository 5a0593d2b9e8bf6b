"""kill -9 of a worker between two deliveries: no item is lost, and the one that comes twice is known."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Place, opened
from tests.faults.waiting import wait_for
from tests.support.receivers import Receiver, receiving

PATH = "/api/v1/subscriptions"
_PRIVATE = {"activity": {"webhook_allow_private": "true"}}
_ITEMS = 5
_HELD = 2  # the number of the request in which the worker dies


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes an item and keeps its sender waiting for the answer."""
    with receiving() as found:

        def status(number: int) -> int:
            found.hold = threading.Event() if number == _HELD else None
            return 200

        found.status = status
        yield found


def cursor(client: Client, subscription_id: str) -> int:
    """Where a subscription stands."""
    return int(client.get(f"{PATH}/{subscription_id}").json()["result"][0]["cursor"])


def test_a_worker_killed_between_two_deliveries_loses_no_item(stored: Place, receiver: Receiver) -> None:
    """The target has taken an item, and the worker dies before it has the answer.

    A successor goes on with just that item, of the same Webhook-Id and body; each other one comes once.
    """
    instance = stored.instance(options=_PRIVATE)
    with opened(instance), instance.client() as client:
        instance.api()
        victim = instance.worker("victim")
        made = client.post(PATH, {"target": f"{receiver.url}/hook", "filter": {"name": ["secrets"]}})
        assert made.status == 201, made
        (subscription,) = made.json()["result"]
        secrets = [client.store() for _ in range(_ITEMS)]
        receiver.wait_for(_HELD + 1)
        victim.kill()
        assert receiver.hold is not None
        receiver.hold.set()
        instance.worker("successor")
        found = receiver.wait_for(_ITEMS + 1)
        wait_for("its place is moved", lambda: cursor(client, subscription["id"]) == found[-1].seq, 30)
        assert len(receiver.deliveries) == _ITEMS + 1
    held, again = found[_HELD : _HELD + 2]
    assert (held.id, held.body) == (again.id, again.body)
    once = [one for one in found if one is not again]
    assert [one.item["data"]["object"]["id"] for one in once] == secrets
    assert [one.seq for one in once] == sorted({one.seq for one in found})
    for one in found:
        one.verify(subscription["secret"])
