"""What is stored is text, what is secret stays away, and everybody can use what is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api
from tests.support.browser import Window

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"
ROOM = "/workqueue/api/v1.0"


def fill(api: Api, text: str, payload: str) -> dict[str, str]:
    """Something in every room, with a text wherever one fits; the addresses of what there is."""
    alice = replace(api, user="alice")
    secret = alice.secret(
        name=text, algorithm=text, mode=text, payload=payload, payload_content_type="text/plain"
    )
    alice.call("PUT", f"/v1/secrets/{secret}/metadata", {"metadata": {"k": text}})
    alice.call("PUT", f"/v1/secrets/{secret}/acl", {"read": {"users": [text], "project-access": True}})
    user = {"service": text, "resource_type": text, "resource_id": text}
    alice.call("POST", f"/v1/secrets/{secret}/consumers", user)
    refs = [{"name": text, "secret_ref": f"{api.endpoint}/v1/secrets/{secret}"}]
    body = {"name": text, "type": "generic", "secret_refs": refs}
    container = alice.call("POST", "/v1/containers", body)["container_ref"].rpartition("/")[2]
    url = f"http://x/{text}"
    alice.call("POST", f"/v1/containers/{container}/consumers", {"name": text[:36], "URL": url})
    meta = {"name": text, "algorithm": "aes", "bit_length": 256, "mode": text}
    order = alice.call("POST", "/v1/orders", {"type": "key", "meta": meta})["order_ref"].rpartition("/")[2]
    endpoint = {"protocol": "DUMMY", "url": "dummy://any/?files=1&fail=9"}
    site = alice.call("POST", f"{ROOM}/sites", {"name": "s", "description": text, "endpoints": [endpoint]})[
        "id"
    ]
    paths = {"src_siteid": site, "src_filepath": text, "dst_siteid": site, "dst_filepath": f"{text}2"}
    job = alice.call("POST", f"{ROOM}/copy", {**paths, "max_tries": 1})["id"]
    return {
        "overview": "Overview",
        "secrets": "Secrets",
        f"secrets/{secret}": text,
        "containers": "Containers",
        f"containers/{container}": text,
        "orders": "Orders",
        f"orders/{order}": text,
        "jobs": "Jobs",
        f"jobs/{job}": f"COPY {job}",
        "sites": "Sites",
        f"sites/{site}": "s",
        "activity": "Activity",
        "requests": "Requests",
        "services": "Services",
        "tasks": "Tasks",
    }


def settle(window: Window) -> None:
    """Wait until nothing of the view loads any more."""
    expect(window.page.locator("main [aria-busy]")).to_have_count(0)


def test_markup_that_was_stored_is_text_everywhere_and_no_secret_comes_unasked(
    alice: Window, api: Api
) -> None:
    payload = "the-payload-of-nobody"
    for place, heading in fill(api, MARKUP, payload).items():
        alice.go(place, heading)
        settle(alice)
        assert alice.page.locator("img, script:not([src])").count() == 0, place
    alice.go("activity", "Activity")
    alice.row(MARKUP).first.get_by_role("button").click()
    expect(alice.dialog).to_contain_text(MARKUP)
    bodies = [answer.text() for answer in alice.answers if answer.status == 200]
    assert len(bodies) > 30
    assert not any(payload in text for text in bodies)


DIALOGS = {
    "secrets": "New secret",
    "containers": "New container",
    "orders": "Order a key pair",
    "jobs": "New job",
    "sites": "New site",
}


def faults(window: Window) -> list[str]:
    """What axe-core says: everything in light colours, and of dark ones what colours can be guilty of."""
    colours = "name => { document.documentElement.dataset.theme = name; }"
    window.page.evaluate(colours, "light")
    found = window.violations()
    window.page.evaluate(colours, "dark")
    return [*found, *window.violations(["color-contrast"])]


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_view_in_either_theme(alice: Window, api: Api) -> None:
    found: dict[str, list[str]] = {}
    for place, heading in fill(api, "a name", "x").items():
        alice.go(place, heading)
        settle(alice)
        found[place] = faults(alice)
        if place in DIALOGS:
            alice.press(DIALOGS[place])
            expect(alice.dialog).to_be_visible()
            found[DIALOGS[place]] = faults(alice)
            alice.page.keyboard.press("Escape")
    alice.press("Sign out")
    alice.heading("Sign in")
    found["sign-in"] = faults(alice)
    assert {place: what for place, what in found.items() if what} == {}


def test_every_view_fits_a_narrow_screen(alice: Window, api: Api) -> None:
    alice.page.set_viewport_size({"width": 360, "height": 740})
    wide = []
    for place, heading in fill(api, "averylongname" * 15, "x").items():
        alice.go(place, heading)
        settle(alice)
        if alice.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(place)
    assert wide == []


def test_the_keyboard_alone_will_do(alice: Window, api: Api) -> None:
    keys = alice.page.keyboard
    alice.go("secrets", "Secrets")
    settle(alice)
    expect(alice.page.get_by_role("heading", name="Secrets")).to_be_focused()
    keys.press("Tab")
    expect(alice.page.get_by_role("button", name="New secret")).to_be_focused()
    keys.press("Enter")
    expect(alice.dialog.get_by_label("Name")).to_be_focused()
    keys.type("typed")
    keys.press("Enter")
    alice.heading("typed")
    alice.go("secrets", "Secrets")
    settle(alice)
    alice.press("New secret")
    keys.press("Escape")
    expect(alice.dialog).to_have_count(0)
    expect(alice.page.get_by_role("button", name="New secret")).to_be_focused()


def test_states_without_content_say_what_to_do(alice: Window) -> None:
    alice.page.route("**/v1/secrets?*", lambda route: route.abort())
    alice.go("secrets", "Secrets")
    alice.sees("The server cannot be reached at the moment.")
    alice.page.unroute("**/v1/secrets?*")
    alice.press("Try again")
    alice.sees("There are no secrets in this project yet.")
    alice.go("secrets/00000000-0000-4000-8000-000000000000", "Secret")
    alice.sees("Not found")


def test_the_colours_are_chosen_and_kept(alice_alone: Window) -> None:
    alice_alone.page.get_by_label("Colours").select_option("dark")
    expect(alice_alone.page.locator("html")).to_have_css("color-scheme", "dark")
    alice_alone.page.reload()
    expect(alice_alone.page.locator("html")).to_have_css("color-scheme", "dark")
    expect(alice_alone.page.get_by_label("Colours")).to_have_value("dark")
