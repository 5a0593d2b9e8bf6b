"""Orders become ACTIVE, and jobs go from a dry run to their outputs, before the user's eyes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api
from tests.support.browser import Window
from tests.support.instance import Instance

pytestmark = pytest.mark.browser
ROOM = "/workqueue/api/v1.0"


def site(api: Api, url: str, auth: str = "NONE") -> int:
    """A new site's id."""
    protocol = url.partition(":")[0].upper()
    body = {"name": f"s{api.project[-8:]}", "auth": auth, "endpoints": [{"protocol": protocol, "url": url}]}
    return int(api.call("POST", f"{ROOM}/sites", body)["id"])


@pytest.mark.parametrize(
    ("button", "algorithm", "result"),
    [("Order a key", "aes", "secret"), ("Order a key pair", "ec", "container")],
)
def test_an_order_becomes_active_without_a_reload(
    alice: Window, button: str, algorithm: str, result: str
) -> None:
    alice.go("orders", "Orders")
    alice.press(button)
    alice.dialog.get_by_label("Name").fill("fresh")
    alice.dialog.get_by_label("Algorithm").select_option(algorithm)
    alice.press("Order")
    order = alice.page.locator("view-order")
    expect(order).to_contain_text("ACTIVE")
    order.get_by_role("link", name=result).click()
    expect(alice.page.locator("view-secret, view-container")).to_contain_text("fresh")


def test_the_newest_orders_stand_on_the_first_page(alice: Window, api: Api) -> None:
    """The API lists the oldest first."""
    for number in range(22):
        meta = {"name": f"order {number}.", "algorithm": "aes", "bit_length": 256}
        api.call("POST", "/v1/orders", {"type": "key", "meta": meta})
    alice.go("orders", "Orders")
    links = alice.page.locator("view-orders td a, view-orders th a").filter(has_text="order ")
    expect(links.first).to_have_text("order 21.")
    expect(links).to_have_count(20)
    alice.press("Next")
    expect(links).to_have_text(["order 1.", "order 0."])


def test_a_job_is_tried_dry_then_done_and_shows_its_outputs(alice: Window, api: Api) -> None:
    site(api, "dummy://any/?files=3&size=100")
    alice.go("jobs", "Jobs")
    alice.press("New job")
    alice.dialog.get_by_label("Path", exact=True).fill("from")
    alice.dialog.get_by_label("To path").fill("to")
    alice.press("Go on")
    alice.sees("What would be done")
    expect(alice.row("file-000002")).to_contain_text("copy")
    alice.press("Do it")
    expect(alice.page.locator("dd").filter(has_text=re.compile("^4, 0, 0$"))).to_be_visible()
    alice.press("Outputs of element 1")
    expect(alice.dialog).to_contain_text("Try 1")
    expect(alice.dialog.get_by_label("Log of try 1")).not_to_be_empty()
    alice.press("Close")
    alice.go("jobs", "Jobs")
    expect(alice.page.get_by_role("progressbar")).to_have_count(2)


def test_a_job_is_cancelled_and_tried_again(alice: Window, api: Api) -> None:
    number = site(api, "dummy://any/?files=2&size=1000000&rate=1000")
    body = {"src_siteid": number, "src_filepath": "a", "dst_siteid": number, "dst_filepath": "b"}
    job = replace(api, user="alice").call("POST", f"{ROOM}/copy", body)["id"]
    alice.go(f"jobs/{job}", f"COPY {job}")
    alice.press("Cancel")
    expect(alice.page.locator("view-job")).to_contain_text("CANCELLED")
    alice.press("Retry")
    expect(alice.page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    alice.press("Cancel")
    expect(alice.page.get_by_role("button", name="Retry", exact=True)).to_be_visible()


def test_a_site_is_made_given_a_credential_and_checked(alice: Window, api: Api, served: Instance) -> None:
    folder = Path(served.operator.cwd) / api.project
    folder.mkdir()
    api.text("login", json.dumps({"username": "u", "password": "p"}))
    alice.go("sites", "Sites")
    alice.press("New site")
    alice.dialog.get_by_label("Name").fill("folder")
    alice.dialog.get_by_label("Address").fill(f"file://{folder}")
    alice.dialog.get_by_label("What it wants").select_option("PASSWORD")
    alice.press("Make")
    alice.heading("folder")
    alice.press("Choose a secret")
    alice.press("Use it")
    expect(alice.page.get_by_role("button", name="Take it away")).to_be_visible()
    alice.press("Check it now")
    alice.sees("It answers.")
    assert '"password"' not in alice.page.content()
