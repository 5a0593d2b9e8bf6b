"""kill -9 of a worker while it carries an event out: the event ends, and what it asks for is done once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.faults.client import Client
from tests.faults.conftest import Place, opened
from tests.faults.ledger import TASKS, Ledger
from tests.faults.waiting import wait_for

API = "/api/v1"
AUTHORITY = "urn:publicid:IDN+onelab+authority+sa"
PAGE = f"{API}/activity/changes?limit=1000"


def ask(client: Client, action: str, target: str | None, data: dict[str, Any]) -> str:
    """Post an event about an authority; its id."""
    about = {"type": "AUTHORITY"} | ({} if target is None else {"id": target})
    answer = client.post(f"{API}/activity", {"event": {"action": action, "object": about, "data": data}})
    assert answer.status == 202, answer
    return str(answer.json()["events"][0])


def status(ledger: Ledger, event_id: str) -> str:
    """An event's."""
    ((found,),) = ledger.rows("select status from events where id = :id", id=event_id)
    return str(found)


def wait_for_status(ledger: Ledger, event_id: str, wanted: str) -> None:
    """Return when an event has a status."""
    wait_for(f"the event is {wanted}", lambda: status(ledger, event_id) == wanted, 60, pause=0.005)


def moves(client: Client, event_id: str) -> list[str]:
    """The statuses that an event has had, as the feed tells them."""
    rows = client.get(PAGE).json()["result"]
    mine = [row["data"] for row in rows if row["data"]["event_id"] == event_id]
    return [data["new_status"] for data in mine if data["name"] == "activity"]


def changes(client: Client, event_id: str) -> int:
    """How often an event has changed the registry."""
    rows = client.get(PAGE).json()["result"]
    return sum(row["data"]["event_id"] == event_id and row["data"]["name"] == "authorities" for row in rows)


@contextmanager
def held(url: str, thing_id: str) -> Iterator[None]:
    """A thing's row, locked: who carries out an event about it waits here."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        query = sa.text("select id from registry_things where id = :id for update")
        assert connection.execute(query, {"id": thing_id}).one()
        yield
        connection.rollback()
    engine.dispose()


def test_a_worker_killed_while_an_event_runs_has_it_ended_once(served: Place) -> None:
    """It stands at a lock, RUNNING is committed, and nothing is done yet: a successor does it, once."""
    instance = served.instance()
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        victim = instance.worker("victim")
        wait_for_status(ledger, ask(client, "CREATE", None, {"name": "x", "shortname": "onelab"}), "SUCCESS")
        with held(instance.database_url, AUTHORITY):
            event_id = ask(client, "UPDATE", AUTHORITY, {"name": "new"})
            wait_for_status(ledger, event_id, "RUNNING")
            victim.kill()
        assert status(ledger, event_id) == "RUNNING"
        instance.worker("successor")
        wait_for_status(ledger, event_id, "SUCCESS")
        wait_for("its task has ended", lambda: ledger.count(TASKS) == 0, 60)
        with instance.client() as later:
            assert moves(later, event_id) == ["NEW", "WAITING", "RUNNING", "WAITING", "RUNNING", "SUCCESS"]
            assert changes(later, event_id) == 1
            answer = later.get(f"{API}/activity/{event_id}").json()["result"][0]
        assert [one["type"] for one in answer["log"]] == ["info", "warning", "info"]


def test_a_worker_killed_among_a_hundred_events_loses_none_and_does_none_twice(embedded: Place) -> None:
    """Ten objects, ten events each: after the kill all end, in their order, each having changed one thing."""
    instance = embedded.instance()
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        victim = instance.worker("victim")
        names = [f"a{number}" for number in range(10)]
        for name in names:
            wait_for_status(ledger, ask(client, "CREATE", None, {"name": "x", "shortname": name}), "SUCCESS")
        done = ledger.number("select count(*) from events where status = 'SUCCESS'")
        asked = {
            ask(client, "UPDATE", f"urn:publicid:IDN+{name}+authority+sa", {"name": f"{turn}"}): (name, turn)
            for turn in range(10)
            for name in names
        }
        wait_for(
            "some are done",
            lambda: ledger.number("select count(*) from events where status = 'SUCCESS'") > done,
            60,
            pause=0.001,
        )
        victim.kill()
        instance.worker("successor")
        wait_for(
            "all are done",
            lambda: ledger.number("select count(*) from events where status = 'SUCCESS'") == 110,
            60,
        )
        with instance.client() as later:
            rows = [row["data"] for row in later.get(PAGE).json()["result"]]
        told = [row for row in rows if row["name"] == "authorities" and row["event_id"] in asked]
        assert sorted(row["event_id"] for row in told) == sorted(asked)
        for name in names:
            turns = [asked[row["event_id"]][1] for row in told if asked[row["event_id"]][0] == name]
            assert turns == list(range(10))
