"""Chromium for tests: started once, a window for each user, with an eye on what goes wrong in it."""

from __future__ import annotations

import contextlib
import importlib.resources
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Response,
    ViewportSize,
    WebSocket,
    expect,
    sync_playwright,
)

from tests.support.servers import leave_out

CHROMIUM: Final = Path("/usr/bin/chromium")
_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SOON: Final = 30.0
"""Seconds after which what does not show up fails its test."""

# Refusals that a test brings about are written to the console by the browser itself.
_REFUSAL: Final = re.compile("Failed to load resource|WebSocket connection to")


_AXE: Final = importlib.resources.files("axe_playwright_python") / "axe.min.js"
USUAL: Final[ViewportSize] = {"width": 1280, "height": 720}
"""The size of a window."""
EVERY_RULE: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""axe-core's, by their tags."""


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """The browser until the end of the block."""
    if not CHROMIUM.exists():
        leave_out(f"{CHROMIUM} is missing: .ci/services chromium installs it")
    expect.set_options(timeout=SOON * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Window:
    """One user's."""

    page: Page
    endpoint: str
    faults: list[str] = field(default_factory=list)  # what scripts and the policy of contents complain of
    answers: list[Response] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # by websockets

    def note(self, answer: Response) -> None:
        """Remember an answer."""
        self.answers.append(answer)

    def listen(self, socket: WebSocket) -> None:
        """Remember what a websocket tells."""
        socket.on("framereceived", lambda frame: self.told.append(str(frame)))

    def received(self) -> list[str]:
        """All texts that the server has sent: answers, and what websockets have told."""
        return [*(answer.text() for answer in self.answers if answer.status == 200), *self.told]

    def enter(self, **fields: str) -> Window:
        """Sign in."""
        self.page.goto(f"{self.endpoint}/ui/")
        for label, text in fields.items():
            self.page.get_by_label(label, exact=False).first.fill(text)
        self.press("Sign in")
        return self

    def go(self, place: str, heading: str) -> Window:
        """Open a view by its address."""
        self.page.evaluate("place => { location.hash = place; }", f"#/{place}")
        self.heading(heading)
        return self

    def heading(self, text: str) -> None:
        """Wait for a view's heading."""
        expect(self.page.get_by_role("heading", name=text, level=1, exact=True)).to_be_visible()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    @property
    def dialog(self) -> Locator:
        """The open dialog."""
        return self.page.get_by_role("dialog")

    def row(self, text: str) -> Locator:
        """The rows of tables that have a text."""
        return self.page.get_by_role("row").filter(has_text=text)

    def sees(self, text: str) -> None:
        """Wait for a text."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def is_live(self) -> None:
        """Wait until changes are told."""
        expect(self.page.locator(".live")).to_have_text("Live")

    def violations(self, rules: Sequence[str] = EVERY_RULE) -> list[str]:
        """What axe-core has against what is shown.

        :param rules: tags of its rules, or rules.
        """
        if self.page.evaluate("window.axe === undefined"):
            self.page.evaluate(_AXE.read_text())
        options = {"runOnly": list(rules), "resultTypes": ["violations"]}
        said = self.page.evaluate("options => axe.run(document, options)", options)
        assert said["passes"], "axe-core has looked at nothing"
        return [f"{one['id']}: {node['html'][:200]}" for one in said["violations"] for node in one["nodes"]]


_LISTEN: Final = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


@contextlib.contextmanager
def window(browser: Browser, endpoint: str, **options: Any) -> Iterator[Window]:
    """A window with a profile of its own; what went wrong in it fails the test in the end."""
    with contextlib.closing(browser.new_context(**options)) as context:
        opened = _opened(context, endpoint)
        yield opened
    assert opened.faults == []


@contextlib.contextmanager
def lent(opened: Window) -> Iterator[Window]:
    """A window for one test of several; it is handed on as it was, but for what others do not see."""
    for seen in (opened.faults, opened.answers, opened.told):
        seen.clear()
    yield opened
    opened.page.unroute_all()
    opened.page.set_viewport_size(USUAL)
    assert opened.faults == []


def _opened(context: BrowserContext, endpoint: str) -> Window:
    page = context.new_page()
    page.set_default_timeout(SOON * 1000)
    page.add_init_script(_LISTEN)
    opened = Window(page, endpoint)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.on("response", opened.note)
    page.on("websocket", opened.listen)
    page.on("console", lambda message: _hear(opened, message.type, message.text))
    page.on("dialog", lambda dialog: opened.faults.append(f"a dialog: {dialog.message}"))
    return opened


def _hear(opened: Window, kind: str, text: str) -> None:
    if kind in {"error", "warning"} and not _REFUSAL.search(text):
        opened.faults.append(text)
