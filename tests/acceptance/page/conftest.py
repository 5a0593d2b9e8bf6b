"""A browser for the session, an instance with a gateway, and windows for users."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser

from tests.support import browser as browsers
from tests.support.browser import Window
from tests.support.instance import Instance, running
from tests.support.ports import free_port

Opens = Callable[..., Window]


@dataclass(frozen=True)
class Api:
    """Calls the API beside the page, as a user of a project."""

    endpoint: str
    project: str
    user: str = "robot"
    roles: str = ""  # all, where there are none

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request that must succeed; its JSON."""
        headers = {"X-Project-Id": self.project, "X-User-Id": self.user, "X-Roles": self.roles}
        answer = requests.request(method, self.endpoint + path, json=body, headers=headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def secret(self, **fields: object) -> str:
        """A new secret's id."""
        reference: str = self.call("POST", "/v1/secrets", fields)["secret_ref"]
        return reference.rpartition("/")[2]

    def text(self, name: str, payload: str) -> str:
        """A new secret with a text; its id."""
        return self.secret(name=name, payload=payload, payload_content_type="text/plain")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with browsers.running() as started:
        yield started


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with a gateway, where sites may lie in its own folder."""
    folder = tmp_path_factory.mktemp("page")
    with running(folder, settings(folder)) as started:
        yield started


def settings(folder: Path) -> str:
    """A configuration with a gateway on a port of its own."""
    return (
        f"[DEFAULT]\nhost_href =\n[live]\nenable = true\nport = {free_port()}\n"
        f"[workqueue]\nfile_roots = {folder}\n"
    )


@pytest.fixture
def api(served: Instance) -> Api:
    """In a project that no other test has."""
    return Api(served.endpoint, f"project-{uuid.uuid4()}")


@pytest.fixture
def opens(browser: Browser) -> Iterator[Opens]:
    """Opens windows."""
    with contextlib.ExitStack() as stack:
        yield lambda endpoint, **options: stack.enter_context(browsers.window(browser, endpoint, **options))


@pytest.fixture(scope="session")
def shared(browser: Browser, served: Instance) -> Iterator[Window]:
    """The window of most tests, one after the other: each loads the page anew, from the browser's cache."""
    with browsers.window(browser, served.endpoint) as window:
        yield window


@pytest.fixture
def alice(shared: Window, api: Api) -> Iterator[Window]:
    """A window whose user is alice, in the test's project."""
    with browsers.lent(shared) as window:
        yield as_alice(window, api)


@pytest.fixture
def alice_alone(opens: Opens, served: Instance, api: Api) -> Window:
    """The same with a profile of its own, whose clock, permissions and files concern nobody else."""
    return as_alice(opens(served.endpoint), api)


def as_alice(window: Window, api: Api) -> Window:
    """Sign alice in, and wait for the feed."""
    window.enter(Project=api.project, User="alice")
    window.heading("Overview")
    window.is_live()
    return window
