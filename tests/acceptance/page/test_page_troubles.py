"""What is shown while answers are slow, refused or missing, and while lists change under the user's hand."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api, Opens
from tests.acceptance.page.rooms import asked, people
from tests.support.browser import Window
from tests.support.instance import Instance

pytestmark = pytest.mark.browser

# Longer than the pause between two looks of a view.
SLOW = """() => {
  const send = fetch;
  window.fetch = async (...given) => {
    await new Promise((done) => { setTimeout(done, 700); });
    return send(...given);
  };
}"""
FULL = """() => {
  Object.defineProperty(window, "localStorage", { get() { throw new DOMException("", "SecurityError"); } });
}"""


@contextmanager
def changing(api: Api) -> Iterator[None]:
    """Secrets are made one after the other, from another thread."""
    ended = threading.Event()

    def change() -> None:
        while not ended.wait(0.1):
            api.text("one of many", "x")

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_view_is_shown_although_changes_come_sooner_than_answers(alice_alone: Window, api: Api) -> None:
    alice_alone.page.evaluate(SLOW)
    with changing(api):
        alice_alone.go("secrets", "Secrets")
        expect(alice_alone.row("one of many").first).to_be_visible()


def test_the_focus_stays_on_its_own_request_when_another_comes(
    opens: Opens, served: Instance, api: Api
) -> None:
    """The newest stands first: what had the focus is one row further down then."""
    paul, ulla, carl = people(api)
    author = replace(api, user=carl, roles="member")
    change = {"action": "UPDATE", "object": {"type": "USER", "id": ulla}, "data": {"bio": "new"}}
    window = opens(served.endpoint)
    window.enter(Project=api.project, User=paul, Roles="member")
    window.heading("Overview")
    asked(author, change)
    window.go("requests", "Requests")
    window.row("UPDATE USER").get_by_role("button", name="Approve").focus()
    asked(
        author,
        {"action": "ADD", "object": {"type": "USER", "id": ulla}, "data": {"type": "KEY", "values": ["k"]}},
    )
    expect(window.page.get_by_role("button", name="Approve")).to_have_count(2)
    expect(window.row("UPDATE USER").get_by_role("button", name="Approve")).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(window.dialog).to_contain_text(f"Approve UPDATE USER {ulla}?")


def test_a_refusal_of_what_a_button_needs_is_told(alice: Window) -> None:
    said = {"status": 503, "json": {"title": "Not now", "description": "Come again later."}}
    alice.page.route("**/workqueue/api/v1.0/sites", lambda route: route.fulfill(**said))
    alice.go("jobs", "Jobs")
    alice.press("New job")
    alice.sees("Come again later.")


def test_an_answer_that_cannot_be_read_is_told_with_a_way_to_try_again(alice: Window) -> None:
    alice.page.route("**/v1/secrets?*", lambda route: route.fulfill(status=200, body="<html>"))
    alice.go("secrets", "Secrets")
    alice.sees("The server's answer could not be read.")
    alice.page.unroute("**/v1/secrets?*")
    alice.press("Try again")
    alice.sees("There are no secrets")


def test_after_a_break_what_could_not_be_loaded_is_there_again(alice_alone: Window, served: Instance) -> None:
    """The API was away as well: the view says so, and comes back with the feed."""
    alice_alone.page.clock.install()
    alice_alone.go("secrets", "Secrets")
    alice_alone.page.route("**/v1/**", lambda route: route.abort())
    (gateway,) = served.operator.pids("live")
    os.kill(gateway, signal.SIGKILL)
    alice_alone.sees("The live connection is broken.")
    alice_alone.page.clock.fast_forward(20_000)
    alice_alone.sees("This could not be loaded")
    alice_alone.page.unroute("**/v1/**")
    alice_alone.is_live()
    alice_alone.sees("There are no secrets")


def test_filters_that_fit_no_task_say_nothing_of_those_that_wait(alice: Window) -> None:
    alice.go("tasks", "Tasks")
    alice.page.get_by_role("searchbox", name="Kind").fill("no_such_kind")
    alice.sees("No open task fits these filters.")


def test_a_browser_that_keeps_nothing_shows_the_page(opens: Opens, served: Instance) -> None:
    window = opens(served.endpoint)
    window.page.add_init_script(f"({FULL})()")
    window.page.goto(f"{served.endpoint}/ui/")
    window.heading("Sign in")
    window.page.get_by_label("Colours").select_option("dark")
    expect(window.page.locator("html")).to_have_attribute("data-theme", "dark")
