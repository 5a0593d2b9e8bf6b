"""What others do shows up at once, and after a break nothing is missing."""

from __future__ import annotations

import os
import re
import signal
import uuid
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from tests.acceptance.page.conftest import Api, Opens
from tests.acceptance.page.rooms import authority, settle
from tests.support.browser import Window
from tests.support.instance import Instance
from tests.support.tasks import add_task, set_task

pytestmark = pytest.mark.browser


def test_what_one_user_does_the_other_sees_at_once(
    alice: Window, opens: Opens, served: Instance, api: Api
) -> None:
    bob = opens(served.endpoint).enter(Project=api.project, User="bob")
    bob.heading("Overview")
    bob.is_live()
    bob.go("secrets", "Secrets")
    alice.go("secrets", "Secrets")
    alice.press("New secret")
    alice.dialog.get_by_label("Name").fill("shared")
    alice.press("Store")
    expect(bob.row("shared")).to_be_visible()
    bob.go("activity", "Activity")
    expect(bob.row("shared").first).to_contain_text("alice")
    alice.press("Delete")
    alice.press("Delete", alice.dialog)
    expect(bob.row("deleted")).to_be_visible()


def test_a_lost_gateway_is_told_and_what_changed_meanwhile_is_shown(
    alice: Window, served: Instance, api: Api
) -> None:
    alice.go("activity", "Activity")
    (gateway,) = served.operator.pids("live")
    alice.page.route("**/api/v1/usertoken", lambda route: route.abort())
    os.kill(gateway, signal.SIGKILL)
    alice.sees("The live connection is broken.")
    api.text("meanwhile", "x")
    alice.page.unroute("**/api/v1/usertoken")
    alice.is_live()
    expect(alice.page.get_by_text("The live connection is broken.")).to_be_hidden()
    expect(alice.row("meanwhile").first).to_be_visible()
    expect(alice.row("created").filter(has_text="meanwhile")).to_have_count(1)


def test_the_feed_is_paused_filtered_and_shown_in_detail(alice: Window, api: Api) -> None:
    alice.go("activity", "Activity")
    api.text("first", "x")
    expect(alice.row("first").first).to_be_visible()
    alice.press("Pause")
    replace(api, user="carol").text("second", "x")
    alice.sees("newer changes wait")
    expect(alice.row("second")).to_have_count(0)
    alice.press("Go on")
    expect(alice.row("second").first).to_be_visible()
    alice.page.get_by_role("searchbox", name="By").fill("carol")
    expect(alice.row("first")).to_have_count(0)
    alice.row("second").first.get_by_role("button").click()
    expect(alice.dialog).to_contain_text("SECRET second")
    expect(alice.dialog.get_by_label("The object after the change")).to_contain_text('"name": "second"')
    alice.press("Close")


def test_the_overview_counts_and_tells_of_processes(alice: Window, api: Api) -> None:
    expect(alice.row("transfer_worker-1")).to_contain_text("RUNNING")
    tile = alice.page.get_by_role("link", name="secrets").filter(has_text="1")
    expect(tile).to_have_count(0)
    api.text("first", "x")
    expect(tile).to_be_visible()
    expect(
        alice.page.get_by_role("table", name="Last changes").get_by_role("row", name="first").first
    ).to_be_visible()


def test_changes_of_the_registry_are_told_too(alice: Window, api: Api) -> None:
    alice.go("activity", "Activity")
    settle(alice)
    name = f"w{uuid.uuid4().hex[:12]}"
    authority(api, name)
    expect(alice.row(f"authorities {name}")).to_contain_text("created")


def test_a_service_is_looked_at_and_restarted(alice: Window, served: Instance) -> None:
    (before,) = served.operator.pids("transfer_worker")
    alice.go("services", "Services")
    alice.page.get_by_role("link", name="transfer_worker").click()
    alice.heading("transfer_worker")
    expect(alice.page.get_by_label("Log", exact=True)).not_to_be_empty()
    for graph in ("CPU", "Memory"):
        expect(alice.page.get_by_role("img", name=re.compile(f"{graph}: now .*at most"))).to_be_visible()
    alice.press("Restart transfer_worker")
    alice.press("Restart", alice.dialog)
    pid = alice.page.locator("dd").filter(has_text=str(before))
    expect(pid).to_have_count(0)
    expect(alice.page.locator("view-service")).to_contain_text("RUNNING")
    assert served.operator.pids("transfer_worker") != {before}


def test_a_service_is_stopped_started_and_reloaded(alice: Window) -> None:
    alice.go("services", "Services")
    row = alice.row("transfer_worker")
    row.get_by_role("button", name="Stop").click()
    alice.press("Stop", alice.dialog)
    expect(row).to_contain_text("STOPPED")
    row.get_by_role("button", name="Start transfer_worker").click()
    expect(row).to_contain_text("RUNNING")
    row.get_by_role("button", name="Reload").click()
    alice.sees("reload is under way")
    expect(row).to_contain_text("RUNNING")


def test_tasks_are_listed_and_tried_again(alice: Window) -> None:
    alice.go("tasks", "Tasks")
    alice.page.get_by_role("combobox", name="Status").select_option("SCHEDULED")
    row = alice.row("process_activity_retention").first
    expect(row).to_contain_text("SCHEDULED")
    row.get_by_role("button", name="Retry process_activity_retention").click()
    alice.sees("The task is tried again.")


def test_what_was_given_up_wants_attention_until_it_is_cancelled(alice: Window, served: Instance) -> None:
    with closing(Database(f"sqlite:///{served.operator.data}/barbican.sqlite")) as database:
        entity = add_task(database, project_id="dead", delay=3600)
        set_task(database, entity, status=TaskStatus.DEAD, last_error="It could not be read")
    expect(alice.page.get_by_role("table", name="Failures")).to_contain_text("It could not be read")
    alice.go("tasks", "Tasks")
    alice.page.get_by_role("combobox", name="Status").select_option("DEAD")
    row = alice.row(entity[:8])
    expect(row).to_contain_text("It could not be read")
    row.get_by_role("button", name="Cancel").click()
    alice.press("Cancel the task", alice.dialog)
    expect(row).to_have_count(0)
