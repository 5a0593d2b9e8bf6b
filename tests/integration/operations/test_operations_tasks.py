"""``/operations/v1/tasks``: what is owed is seen, retried and cancelled over HTTP, as by barbican-manage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from barbican_like.common import clock, ids
from barbican_like.model.states import TaskStatus
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.tasks import NAME, add_task, claimed, find_task, open_task, set_task

NOBODYS = "00000000-0000-4000-8000-000000000000"
ROOT = "/operations/v1/tasks"
_BEGUN = clock.now() - timedelta(minutes=9)
_NUMBERS = count()
SECRET_ARGUMENT = "request_id"  # of every task of the helper


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Instance]:
    """An application with no tasks but the test's."""
    with running(prepare(tmp_path), worker=False) as started:
        yield started


def add(desk: Instance, status: TaskStatus = TaskStatus.READY, name: str = NAME) -> str:
    """A task, a second younger than the one before; returns its id."""
    entity = add_task(desk.runtime.database, name=name)
    set_task(desk.runtime.database, entity, created_at=_BEGUN + timedelta(seconds=next(_NUMBERS)))
    if status is TaskStatus.CLAIMED:
        claimed(desk.runtime.database, entity)
    else:
        error = "E" if status is TaskStatus.DEAD else None
        set_task(desk.runtime.database, entity, name=name, status=status, last_error=error)
    return open_task(desk.runtime.database, entity, name).id


def listed(caller: Caller, query: str = "") -> list[str]:
    return [task["id"] for task in caller.get(f"{ROOT}{query}").json["tasks"]]


def status_of(caller: Caller, task_id: str) -> str:
    return str(caller.get(f"{ROOT}/{task_id}").json["status"])


def test_tasks_are_listed_the_oldest_first_and_counted_with_the_age_of_the_oldest(desk: Instance) -> None:
    ready, dead = add(desk), add(desk, TaskStatus.DEAD)
    answer = desk.caller().get(ROOT).json
    assert [task["id"] for task in answer["tasks"]] == [ready, dead]
    assert answer["total"] == 2
    counts = {(count["kind"], count["status"]): count for count in answer["counts"]}
    assert {key: count["number"] for key, count in counts.items()} == {(NAME, "READY"): 1, (NAME, "DEAD"): 1}
    oldest = counts[NAME, "READY"]
    assert oldest["oldest"] == answer["tasks"][0]["created_at"]
    created = datetime.fromisoformat(oldest["oldest"])
    assert 0 <= oldest["oldest_seconds"] <= (clock.now() - created).total_seconds() + 1


def test_a_list_is_narrowed_by_status_and_kind(desk: Instance) -> None:
    caller = desk.caller()
    ready, dead = add(desk), add(desk, TaskStatus.DEAD)
    other = add(desk, name="a_kind_of_a_newer_version")
    assert listed(caller, "?status=DEAD") == [dead]
    assert listed(caller, f"?kind={NAME}") == [ready, dead]
    assert listed(caller, "?kind=a_kind_of_a_newer_version&status=READY") == [other]
    assert listed(caller, "?kind=none_such") == []


def test_a_list_comes_in_pages_that_lead_to_each_other(desk: Instance) -> None:
    caller = desk.caller()
    all_of_them = [add(desk) for _ in range(5)]
    found: list[str] = []
    path = f"{ROOT}?limit=2"
    while path:
        page = caller.get(path).json
        found += [task["id"] for task in page["tasks"]]
        path = page.get("next", "")
    assert found == all_of_them
    assert listed(caller, f"?limit=2&marker={all_of_them[1]}") == all_of_them[2:4]


@pytest.mark.parametrize(
    ("query", "field"), [("?status=DONE", "status"), ("?status=", "status"), ("?kind=X%27", "kind")]
)
def test_a_filter_that_is_none_is_a_400_that_names_it(desk: Instance, query: str, field: str) -> None:
    answer = desk.caller().get(f"{ROOT}{query}")
    assert (answer.status_int, answer.json["field"]) == (400, field)


def test_a_task_is_shown_without_its_arguments(desk: Instance) -> None:
    task_id = add(desk, TaskStatus.DEAD)
    answer = desk.caller().get(f"{ROOT}/{task_id}")
    assert (answer.json["id"], answer.json["status"], answer.json["last_error"]) == (task_id, "DEAD", "E")
    assert SECRET_ARGUMENT not in answer.text
    assert SECRET_ARGUMENT not in desk.caller().get(ROOT).text


def test_a_dead_task_is_retried_and_one_that_is_ready_is_a_conflict(desk: Instance) -> None:
    caller, task_id = desk.caller(), add(desk, TaskStatus.DEAD)
    answer = caller.post(f"{ROOT}/{task_id}/actions", {"action": "retry"})
    assert (answer.status_int, answer.json) == (200, {"tasks": [task_id]})
    assert status_of(caller, task_id) == "READY"
    again = caller.post(f"{ROOT}/{task_id}/actions", {"action": "retry"})
    assert again.status_int == 409
    assert "neither dead nor waiting" in again.json["description"]


def test_all_dead_tasks_are_retried_and_no_others(desk: Instance) -> None:
    caller = desk.caller()
    dead, waiting = [add(desk, TaskStatus.DEAD) for _ in range(3)], add(desk, TaskStatus.SCHEDULED)
    answer = caller.post(f"{ROOT}/actions", {"action": "retry", "all": True})
    assert answer.status_int == 200
    assert sorted(answer.json["tasks"]) == sorted(dead)
    assert {status_of(caller, task_id) for task_id in dead} == {"READY"}
    assert status_of(caller, waiting) == "SCHEDULED"


def test_a_cancelled_task_is_left_to_a_worker_and_one_at_work_is_asked_to_end(desk: Instance) -> None:
    caller = desk.caller()
    for status, then in ((TaskStatus.DEAD, "READY"), (TaskStatus.CLAIMED, "CLAIMED")):
        task_id = add(desk, status)
        assert caller.post(f"{ROOT}/{task_id}/actions", {"action": "cancel"}).status_int == 200
        task = caller.get(f"{ROOT}/{task_id}").json
        assert (task["status"], task["cancel_requested"]) == (then, True)


def test_a_cancelled_task_of_an_unknown_kind_is_removed(desk: Instance) -> None:
    """No worker of this version would ever end it."""
    caller = desk.caller()
    entity = add_task(desk.runtime.database, name="of_a_newer_version")
    task_id = open_task(desk.runtime.database, entity, "of_a_newer_version").id
    assert caller.post(f"{ROOT}/{task_id}/actions", {"action": "cancel"}).status_int == 200
    assert find_task(desk.runtime.database, entity, "of_a_newer_version") is None
    assert caller.get(f"{ROOT}/{task_id}").status_int == 404


@pytest.mark.parametrize("task_id", ["nonsense", NOBODYS])
def test_an_unknown_task_is_a_404(admin: Caller, task_id: str) -> None:
    assert admin.get(f"{ROOT}/{task_id}").status_int == 404
    assert admin.post(f"{ROOT}/{task_id}/actions", {"action": "retry"}).status_int == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{ROOT}/actions", {"action": "retry"}),
        (f"{ROOT}/actions", {"action": "retry", "all": False}),
        (f"{ROOT}/actions", {"action": "cancel", "all": True}),
        (f"{ROOT}/{NOBODYS}/actions", {"action": "kill"}),
        (f"{ROOT}/{NOBODYS}/actions", {"action": "retry", "all": True}),
        (f"{ROOT}/{NOBODYS}/actions", ["retry"]),
    ],
)
def test_an_action_that_is_none_is_a_400(admin: Caller, path: str, body: object) -> None:
    assert admin.post(path, body).status_int == 400


@pytest.mark.parametrize("roles", ["member", "reader,creator"])
def test_only_administrators_see_and_act(instance: Instance, roles: str) -> None:
    caller, task_id = instance.caller(X_Roles=roles), ids.new_id()
    assert caller.get(ROOT).status_int == 403
    assert caller.get(f"{ROOT}/{task_id}").status_int == 403
    assert caller.get("/operations/v1/overview").status_int == 403
    assert caller.post(f"{ROOT}/actions", {"action": "retry", "all": True}).status_int == 403
    assert caller.post(f"{ROOT}/{task_id}/actions", {"action": "retry"}).status_int == 403
