"""Two users in two browsers: one asks for a change, the other decides, and both see what becomes of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api, Opens
from tests.faults.waiting import wait_for
from tests.support.instance import Instance

pytestmark = pytest.mark.browser


def done(api: Api, action: str, kind: str, thing: str | None, data: dict[str, Any]) -> str:
    """Ask for a change of the registry and wait until it is made; the thing's id."""
    about = {"type": kind} | ({} if thing is None else {"id": thing})
    event = asked(api, {"action": action, "object": about, "data": data})

    def found() -> Any:
        return api.call("GET", f"/api/v1/activity/{event}")["result"][0]

    wait_for(f"{action} {kind}", lambda: found()["status"] == "SUCCESS", 60)
    return str(found()["object"]["id"])


def asked(api: Api, event: dict[str, Any]) -> str:
    """Ask for a change; the event's id."""
    return str(api.call("POST", "/api/v1/activity", {"event": event})["events"][0])


def people(api: Api) -> tuple[str, str, str]:
    """An authority's PI and a user there, and a user of another authority."""
    name = f"w{uuid.uuid4().hex[:12]}"
    home, other = (
        done(api, "CREATE", "AUTHORITY", None, {"name": one, "shortname": one}) for one in (name, f"{name}o")
    )
    found = [
        done(
            api,
            "CREATE",
            "USER",
            None,
            {"authority": place, "first_name": first, "last_name": "x", "email": f"{first}@{name}.example"},
        )
        for first, place in (("paul", home), ("ulla", home), ("carl", other))
    ]
    done(api, "ADD", "AUTHORITY", home, {"type": "PI", "values": [found[0]]})
    return found[0], found[1], found[2]


def test_a_request_is_decided_by_who_may_and_its_end_is_shown_to_who_asked(
    opens: Opens, served: Instance, api: Api
) -> None:
    paul, ulla, carl = people(api)
    asks, decides = (opens(served.endpoint) for _ in range(2))
    for window, urn in ((asks, carl), (decides, paul)):
        window.enter(Project=api.project, User=urn, Roles="member")
        window.heading("Overview")
        window.is_live()
        window.go("requests", "Requests")
        window.sees("Nothing waits for a decision.")
    change = {"action": "UPDATE", "object": {"type": "USER", "id": ulla}, "data": {"bio": "<b>new</b>"}}
    event = asked(replace(api, user=carl, roles="member"), change)
    expect(asks.row("UPDATE USER")).to_contain_text("not yours to decide")
    asks.go(f"requests/{event}", "UPDATE USER")
    decides.row("UPDATE USER").get_by_role("button", name="Approve").click()
    decides.dialog.get_by_label("Message").fill("go on")
    decides.press("Approve", decides.dialog)
    decides.sees("Nothing waits for a decision.")
    about = asks.page.locator("view-request")
    expect(about).to_contain_text("SUCCESS")
    expect(about).to_contain_text("go on")
    expect(about).to_contain_text("<b>new</b>")
