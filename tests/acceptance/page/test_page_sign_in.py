"""Who signs in, by each way, and what is left when he signs out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api, Opens, settings
from tests.support import identity
from tests.support.browser import Window
from tests.support.instance import Instance, running

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def with_passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that knows bob, who is no admin."""
    folder = tmp_path_factory.mktemp("page-basic")
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
    (folder / "htpasswd").write_text(f"bob:{stored}\n")
    (folder / "htpasswd").chmod(0o600)
    text = f"{settings(folder)}[api]\nhtpasswd_file = {folder / 'htpasswd'}\n"
    with running(folder, text, "--auth", "basic") as started:
        yield started


@pytest.fixture(scope="module")
def with_keystone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance behind what answers as Keystone does."""
    folder: Path = tmp_path_factory.mktemp("page-keystone")
    with (
        identity.running({"carol": PASSWORD}) as url,
        running(folder, settings(folder) + identity.section(url), "--auth", "keystone") as started,
    ):
        yield started


def left_behind(window: Window, secret: str) -> list[str]:
    """Where a secret still is."""
    page = window.page
    stores = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
    places = {"address": page.url, "stores": page.evaluate(stores), "document": page.content()}
    return [place for place, text in places.items() if secret in text]


def test_names_and_passwords_are_asked_for_by_the_page_and_forgotten(
    with_passwords: Instance, opens: Opens
) -> None:
    bob = opens(with_passwords.endpoint)
    bob.enter(Name="bob", Password="wrong")
    bob.sees("authentication")
    bob.page.get_by_label("Password").fill(PASSWORD)
    bob.press("Sign in")
    bob.heading("Overview")
    bob.is_live()
    assert left_behind(bob, PASSWORD) == []
    bob.go("services", "Services")
    bob.sees("Not for you to see")
    bob.press("Sign out")
    bob.heading("Sign in")
    assert left_behind(bob, PASSWORD) == []
    expect(bob.page.get_by_label("Password")).to_have_value("")


def test_guesses_are_told_to_wait(with_passwords: Instance, opens: Opens) -> None:
    guesser = opens(with_passwords.endpoint)
    guesser.enter(Name="nobody", Password="0")
    for number in range(1, 8):
        guesser.sees("authentication") if number == 1 else None
        guesser.page.get_by_label("Password").fill(str(number))
        with guesser.page.expect_response("**/v1/") as answer:
            guesser.press("Sign in")
        if answer.value.status == 429:
            break
    guesser.sees("Too many attempts. Try again in")


@pytest.mark.parametrize("way", ["a password", "a token"])
def test_keystone_is_asked_by_the_server_for_a_password_or_a_token(
    with_keystone: Instance, opens: Opens, way: str
) -> None:
    carol = opens(with_keystone.endpoint)
    carol.page.goto(f"{with_keystone.endpoint}/ui/")
    carol.page.get_by_label(way).check()
    if way == "a token":
        carol.page.get_by_role("textbox", name="Token").fill(identity.token_of("carol"))
    else:
        carol.page.get_by_label("User").fill("carol")
        carol.page.get_by_label("Password", exact=True).fill("wrong")
        carol.page.get_by_label("Project").fill("demo")
        carol.press("Sign in")
        carol.sees("Keystone does not know this user")
        carol.page.get_by_label("Password", exact=True).fill(PASSWORD)
    carol.press("Sign in")
    carol.heading("Overview")
    carol.sees("carol in demo")
    assert left_behind(carol, identity.token_of("carol")) == []
    log = "".join(path.read_text() for path in (with_keystone.operator.data / "log").glob("*.log"))
    assert identity.token_of("carol") not in log
    assert PASSWORD not in log


def test_who_does_nothing_is_signed_out(alice_alone: Window, api: Api) -> None:
    alice_alone.page.clock.install()
    alice_alone.press("Sign out")
    alice_alone.enter(Project=api.project, User="alice")
    alice_alone.heading("Overview")
    alice_alone.page.clock.fast_forward(1_745_000)
    alice_alone.sees("You will be signed out in 60 seconds")
    alice_alone.page.keyboard.press("Shift")
    alice_alone.page.clock.fast_forward(100_000)
    alice_alone.heading("Overview")
    alice_alone.page.clock.fast_forward(1_800_000)
    alice_alone.sees("You were signed out")
    alice_alone.heading("Sign in")


def test_a_reload_signs_out(alice: Window) -> None:
    alice.page.reload()
    alice.heading("Sign in")
