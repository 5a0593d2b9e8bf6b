"""Two users in two browsers: one asks for a change, the other decides, and both see what becomes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api, Opens
from tests.acceptance.page.rooms import asked, people
from tests.support.instance import Instance

pytestmark = pytest.mark.browser


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
    decides.go("activity", "Activity")
    expect(decides.row("NEW → PENDING").filter(has_text="UPDATE USER")).to_have_count(1)
    decides.go("requests", "Requests")
    decides.row("UPDATE USER").get_by_role("button", name="Approve").click()
    decides.dialog.get_by_label("Message").fill("go on")
    decides.press("Approve", decides.dialog)
    decides.sees("Nothing waits for a decision.")
    about = asks.page.locator("view-request")
    expect(about).to_contain_text("SUCCESS")
    expect(about).to_contain_text("go on")
    expect(about).to_contain_text("<b>new</b>")
