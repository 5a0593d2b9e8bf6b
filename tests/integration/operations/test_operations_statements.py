"""How many SQL statements each route of operations needs: the table below is the bound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.http import document
from barbican_like.model.states import TaskStatus
from barbican_like.operations.room import OPERATIONS
from tests.support.application import Instance, prepare, running
from tests.support.statements import counted
from tests.support.tasks import add_task, open_task, set_task

# Reads, writes and commits, when nothing is remembered. A look at all rooms: of the key manager seven, two of
# jobs, one of the feed, one of contexts; then the dead tasks and the counts of tasks.
COSTS = {
    "GET /operations/v1/overview": (13, 0, 0),
    "GET /operations/v1/rates": (0, 0, 0),
    "GET /operations/v1/tasks": (2, 0, 0),
    "GET /operations/v1/tasks/{task_id}": (1, 0, 0),
    "POST /operations/v1/tasks/actions": (
        4,
        1,
        2,
    ),  # for each of the dead; a second transaction finds no more
    "POST /operations/v1/tasks/{task_id}/actions": (3, 1, 1),
    "GET /metrics": (13, 0, 0),
}


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Instance]:
    """An application that remembers nothing yet."""
    with running(prepare(tmp_path), worker=False) as started:
        yield started


@pytest.mark.parametrize("route", COSTS)
def test_a_request_stays_within_its_bound(asked: Instance, route: str) -> None:
    database, caller = asked.runtime.database, asked.caller()
    entity = add_task(database)
    set_task(database, entity, status=TaskStatus.DEAD)
    method, _, path = route.replace("{task_id}", open_task(database, entity).id).partition(" ")
    verb = {"action": "retry"} | ({"all": True} if path.endswith("tasks/actions") else {})
    with counted(database) as found:
        answer = caller.post(path, verb) if method == "POST" else caller.get(path)
    assert answer.status_int == 200, answer
    reads, writes, commits = COSTS[route]
    assert len(found.reads) <= reads, found.reads
    assert (len(found.writes), found.commits) == (writes, commits), found.writes


def test_what_is_remembered_costs_nothing(asked: Instance) -> None:
    """It is kept for twenty times as long as it took."""
    caller = asked.caller()
    for _ in range(20):
        caller.get("/operations/v1/overview")
        with counted(asked.runtime.database) as found:
            caller.get("/operations/v1/overview")
        if not found.reads:
            return
    raise AssertionError("each request has counted anew")


def test_every_route_has_a_bound() -> None:
    served = {
        f"{method} {path}"
        for mount in OPERATIONS.mounts(rooms.load([]))
        for path, method, _ in document.operations_of(mount)
    }
    assert served == set(COSTS)
