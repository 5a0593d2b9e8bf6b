"""Requests over the websocket: those that begin or cease to wait, to those who may see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.caller import Caller
from tests.support.events import API, World, accepted, ask, at_rest, world
from tests.support.live import Client, Live, meanwhile

REQUESTS = {"object": "requests"}


@pytest.fixture(scope="module")
def here(live: Live) -> World:
    """People on each of the databases in turn."""
    return world(live.instance)


def pending(caller: Caller, urn: str) -> str:
    """An event of his that waits for a decision."""
    event_id = accepted(ask(caller, "UPDATE", "USER", urn, {"bio": "x"}))
    assert at_rest(caller, event_id)["status"] == "PENDING"
    return event_id


def told(message: dict[str, Any]) -> tuple[str, str, str | None, str]:
    """What a watch was told of an event."""
    data = message["data"]
    return message["object"], data["event_id"], data["old_status"], data["new_status"]


def test_a_watch_of_requests_has_what_enters_and_leaves_their_list(live: Live, here: World) -> None:
    ulla, petra = here.caller("ulla"), here.caller("petra")
    before = pending(ulla, here.urn("carl"))

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            assert (await socket.ask("count", **REQUESTS))["result"]["count"] == 1
            await socket.ask("watch", **REQUESTS, include_initial=True)
            initial = await socket.next()
            assert (initial["event"], initial["object"]) == ("initial", "requests")
            assert initial["data"]["object"]["id"] == before
            assert (await socket.next())["event"] == "ready"
            event_id = await meanwhile(pending, ulla, here.urn("carl"))
            assert told(await socket.next()) == ("requests", event_id, "NEW", "PENDING")
            await meanwhile(petra.post, f"{API}/activity/{event_id}/messages", {"message": "not told"})
            # Others may not see this one: its object is of another authority.
            await meanwhile(pending, here.caller("carl"), here.urn("ulla"))
            await meanwhile(petra.call, "PUT", f"{API}/requests/{event_id}", json={"action": "deny"})
            assert told(await socket.next()) == ("requests", event_id, "PENDING", "DENIED")
            assert (await socket.ask("count", **REQUESTS))["result"]["count"] == 1
            assert (await socket.ask("unwatch", **REQUESTS))["result"]["code"] == 1

    live.talk(petra, follow)


def test_a_watch_of_activity_begins_with_what_has_not_ended(live: Live, here: World) -> None:
    carl = here.caller("carl")
    ended = accepted(ask(carl, "UPDATE", "USER", here.urn("carl"), {"bio": "x"}))
    assert at_rest(carl, ended)["status"] == "SUCCESS"
    waiting = pending(carl, here.urn("paul"))

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            await socket.ask("watch", object="activity", include_initial=True)
            found = []
            while (message := await socket.next())["event"] == "initial":
                found.append(message["data"]["object"]["id"])
            assert message["event"] == "ready"
            assert waiting in found
            assert ended not in found
            await meanwhile(ask, carl, "UPDATE", "USER", here.urn("carl"), {"bio": "y"})
            statuses = [(await socket.next())["data"]["new_status"] for _ in range(4)]
            assert statuses == ["NEW", "WAITING", "RUNNING", "SUCCESS"]

    live.talk(carl, follow)
