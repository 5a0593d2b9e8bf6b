"""What is stored is text, what is secret stays away, and everybody can use what is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api, Opens
from tests.acceptance.page.rooms import fill, settle
from tests.support.browser import Window
from tests.support.instance import Instance

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"
PAYLOAD = "the-payload-of-nobody"


def is_text_only(window: Window, place: str) -> None:
    """Nothing of what is shown has become an element."""
    assert window.page.locator("img, script:not([src])").count() == 0, place


def test_markup_that_was_stored_is_text_everywhere(opens: Opens, served: Instance, api: Api) -> None:
    """The user's name is markup, too, so all that is told of him has it."""
    window = opens(served.endpoint).enter(Project=api.project, User=MARKUP)
    window.heading("Overview")
    window.is_live()
    for place, heading in fill(api, MARKUP, PAYLOAD, user=MARKUP).items():
        window.go(place, heading)
        settle(window)
        is_text_only(window, place)
        for name in (DIALOGS.get(place), *_MORE_DIALOGS):
            button = window.page.locator("main").get_by_role("button", name=name or "", exact=True)
            if name is not None and button.count():
                button.first.click()
                expect(window.dialog).to_be_visible()
                settle(window)
                is_text_only(window, f"{place}: {name}")
                window.page.keyboard.press("Escape")
                expect(window.dialog).to_have_count(0)
        if place in _SHOW_IT:
            expect(window.page.locator("main")).to_contain_text(MARKUP)
    window.go("activity", "Activity")
    window.row(MARKUP).first.get_by_role("button").click()
    expect(window.dialog).to_contain_text(MARKUP)
    is_text_only(window, "detail")


def test_no_payload_comes_unless_it_is_revealed(alice: Window, api: Api) -> None:
    """Neither by an answer nor by the websocket, and then by one answer only."""
    places = fill(api, "a name", PAYLOAD)
    for place, heading in places.items():
        alice.go(place, heading)
        settle(alice)
    assert len(alice.received()) > 30
    assert any('"watch"' in text for text in alice.told)
    assert [text for text in alice.received() if PAYLOAD in text] == []
    secret = next(place for place in places if place.startswith("secrets/"))
    alice.go(secret, "a name")
    alice.press("Reveal the payload")
    expect(alice.page.get_by_label("The payload")).to_have_text(PAYLOAD)
    assert [text for text in alice.received() if PAYLOAD in text] == [PAYLOAD]


DIALOGS = {
    "secrets": "New secret",
    "containers": "New container",
    "orders": "Order a key pair",
    "jobs": "New job",
    "sites": "New site",
}
_NOBODY = "00000000-0000-4000-8000-000000000000"
_NOWHERE = {
    f"secrets/{_NOBODY}": "Secret",
    f"containers/{_NOBODY}": "Container",
    f"orders/{_NOBODY}": "Order",
    "jobs/999999": "Job",
    "sites/999999": "Site",
    f"requests/{_NOBODY}": "Request",
}
_MORE_DIALOGS = ("Delete", "Change", "Set a metadatum", "Outputs of element 1", "Choose a secret", "Deny")
_SHOW_IT = {"overview", "secrets", "containers", "orders", "jobs", "activity"}


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
    for place, heading in _NOWHERE.items():
        alice.go(place, heading)
        expect(alice.page.get_by_role("heading", name="Not found")).to_have_count(1)


def test_the_colours_are_chosen_and_kept(alice_alone: Window) -> None:
    alice_alone.page.get_by_label("Colours").select_option("dark")
    expect(alice_alone.page.locator("html")).to_have_css("color-scheme", "dark")
    alice_alone.page.reload()
    expect(alice_alone.page.locator("html")).to_have_css("color-scheme", "dark")
    expect(alice_alone.page.get_by_label("Colours")).to_have_value("dark")
