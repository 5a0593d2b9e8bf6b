"""Secrets and containers, as a user handles them on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api
from tests.support.browser import Window

pytestmark = pytest.mark.browser


def test_a_text_is_stored_found_by_its_name_and_shown_for_half_a_minute(
    alice_alone: Window, api: Api
) -> None:
    alice_alone.page.clock.install()
    alice_alone.go("secrets", "Secrets")
    alice_alone.sees("There are no secrets in this project yet.")
    alice_alone.press("New secret")
    alice_alone.dialog.get_by_label("Name").fill("database")
    alice_alone.dialog.get_by_label("Payload").fill("correct horse")
    alice_alone.press("Store")
    alice_alone.heading("database")
    assert "correct horse" not in alice_alone.page.content()

    alice_alone.press("Reveal the payload")
    payload = alice_alone.page.get_by_label("The payload")
    expect(payload).to_have_text("correct horse")
    alice_alone.page.clock.run_for(29_000)
    expect(payload).to_be_visible()
    alice_alone.page.clock.run_for(2_000)
    expect(payload).to_have_count(0)
    assert "correct horse" not in alice_alone.page.content()

    api.text("other", "x")
    alice_alone.go("secrets", "Secrets")
    expect(alice_alone.row("other")).to_be_visible()
    alice_alone.page.get_by_role("searchbox", name="Name").fill("data%")
    expect(alice_alone.row("other")).to_have_count(0)
    expect(alice_alone.row("database")).to_be_visible()


def test_a_payload_is_copied_and_hidden_at_a_press(alice_alone: Window, api: Api) -> None:
    alice_alone.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice_alone.go(f"secrets/{api.text('motto', 'sesame')}", "motto")
    alice_alone.press("Reveal the payload")
    alice_alone.press("Copy")
    alice_alone.sees("Copied.")
    assert alice_alone.page.evaluate("navigator.clipboard.readText()") == "sesame"
    alice_alone.press("Hide now")
    assert "sesame" not in alice_alone.page.content()


def test_a_file_is_stored_byte_by_byte_and_shown_in_base64(alice: Window, tmp_path: Path) -> None:
    (tmp_path / "key.bin").write_bytes(bytes(range(256)))
    alice.go("secrets", "Secrets")
    alice.press("New secret")
    alice.dialog.get_by_label("Name").fill("key")
    alice.dialog.get_by_label("File").set_input_files(tmp_path / "key.bin")
    alice.press("Store")
    alice.press("Reveal the payload")
    expect(alice.page.get_by_label("The payload")).to_contain_text("AAECAwQFBgc")
    alice.sees("256 bytes, in base64.")


def test_a_key_is_generated_in_the_browser(alice: Window) -> None:
    alice.go("secrets", "Secrets")
    alice.press("Generate")
    alice.dialog.get_by_label("Name").fill("random")
    alice.dialog.get_by_label("What").select_option("32")
    alice.press("Generate and store")
    alice.heading("random")
    alice.press("Reveal the payload")
    alice.sees("32 bytes, in base64.")


def test_lists_are_sorted_and_paged(alice: Window, api: Api) -> None:
    for number in range(23):
        api.secret(name=f"secret {number:02}")
    alice.go("secrets", "Secrets")
    names = alice.page.locator("tbody th.lead")
    expect(names).to_have_count(20)
    alice.press("Name")
    expect(names.first).to_have_text("secret 00")
    alice.press("Next")
    expect(names).to_have_text(["secret 20", "secret 21", "secret 22"])
    alice.sees("21 to 23 of 23")


def test_metadata_and_readers_are_changed(alice: Window, api: Api) -> None:
    secret = api.text("motto", "sesame")
    alice.go(f"secrets/{secret}", "motto")
    alice.press("Set a metadatum")
    alice.dialog.get_by_label("Name").fill("Owner")
    alice.dialog.get_by_label("Value").fill("team blue")
    alice.press("Set")
    expect(alice.row("owner")).to_contain_text("team blue")
    alice.press("Change")
    alice.dialog.get_by_label("Everybody in the project").uncheck()
    alice.dialog.get_by_label("These users too").fill("bob\ncarol")
    alice.press("Save")
    alice.sees("bob, carol")
    read = api.call("GET", f"/v1/secrets/{secret}/acl")["read"]
    assert (read["project-access"], sorted(read["users"])) == (False, ["bob", "carol"])


def test_a_deletion_names_who_uses_the_secret(alice: Window, api: Api) -> None:
    secret = api.text("motto", "sesame")
    user = {"service": "images", "resource_type": "volume", "resource_id": "4711"}
    api.call("POST", f"/v1/secrets/{secret}/consumers", user)
    alice.go(f"secrets/{secret}", "motto")
    alice.press("Delete")
    expect(alice.dialog).to_contain_text("images: volume 4711")
    alice.press("Delete all the same")
    alice.heading("Secrets")
    assert api.call("GET", "/v1/secrets")["total"] == 0


def test_a_container_is_made_of_secrets_and_deleted_without_them(alice: Window, api: Api) -> None:
    api.text("motto", "sesame")
    alice.go("containers", "Containers")
    alice.press("New container")
    alice.dialog.get_by_label("Name").fill("all of it")
    alice.dialog.get_by_label("motto").check()
    alice.press("Make")
    alice.heading("all of it")
    expect(alice.row("motto")).to_be_visible()
    alice.press("Delete")
    alice.press("Delete", alice.dialog)
    alice.heading("Containers")
    assert api.call("GET", "/v1/containers")["total"] == 0
    assert api.call("GET", "/v1/secrets")["total"] == 1


def test_a_refusal_stands_at_its_field(alice: Window) -> None:
    alice.go("secrets", "Secrets")
    alice.press("New secret")
    alice.dialog.get_by_label("Name").fill("x" * 256)
    alice.press("Store")
    name = alice.dialog.get_by_label("Name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(alice.dialog).to_contain_text("is too long")
