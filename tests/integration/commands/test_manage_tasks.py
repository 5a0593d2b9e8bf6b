"""barbican-manage tasks: what is owed is seen, retried and cancelled; what was given up is still there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like import bootstrap, rooms
from barbican_like.cmd import manage
from barbican_like.common import log
from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from tests.support import application
from tests.support.tasks import NAME, add_task, claimed, find_task, open_task, set_task


class Desk:
    """A deployment with tasks, and the command."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        bootstrap.Runtime(application.prepare(folder)).close()
        self.conf_file = str(folder / "barbican.conf")
        self.database: Database = bootstrap.new_database(rooms.load(["--config-file", self.conf_file]))
        self._capsys = capsys

    def add(self, status: TaskStatus = TaskStatus.READY, name: str = NAME) -> str:
        """A task; returns its entity."""
        entity_id = add_task(self.database, name=name)
        set_task(
            self.database, entity_id, status=status, last_error="E" if status is TaskStatus.DEAD else None
        )
        return entity_id

    def run(self, *words: str) -> tuple[int, list[str]]:
        """The exit code and what is printed."""
        code = manage.main(["--config-file", self.conf_file, "tasks", *words])
        printed = self._capsys.readouterr()
        return code, (printed.out or printed.err).splitlines()


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A prepared deployment; the test run keeps its own log."""
    monkeypatch.setattr(log, "configure", lambda *, debug: None)
    made = Desk(tmp_path, capsys)
    yield made
    made.database.close()


def test_a_list_shows_tasks_and_how_many_there_are(desk: Desk) -> None:
    ready, dead = desk.add(), desk.add(TaskStatus.DEAD)
    code, lines = desk.run("list")
    assert code == 0
    tasks = [open_task(desk.database, entity) for entity in (ready, dead)]
    assert lines == [
        f"{tasks[0].id}  {NAME}  READY      {ready}",
        f"{tasks[1].id}  {NAME}  DEAD       {dead}  E",
        f"{NAME} DEAD: 1",
        f"{NAME} READY: 1",
    ]


def test_a_list_is_narrowed_and_cut(desk: Desk) -> None:
    desk.add()
    dead = [desk.add(TaskStatus.DEAD) for _ in range(3)]
    _, lines = desk.run("list", "--status", "dead", "--limit", "2", "--json")
    shown = json.loads("\n".join(lines))
    assert [task["entity_id"] for task in shown["tasks"]] == dead[:2]
    assert {(row["status"], row["count"]) for row in shown["counts"]} == {("READY", 1), ("DEAD", 3)}
    _, lines = desk.run("list", "--kind", "no_such_kind", "--json")
    assert json.loads("\n".join(lines))["tasks"] == []


def test_without_tasks_it_says_so(desk: Desk) -> None:
    assert desk.run("list") == (0, ["no open tasks"])
    assert desk.run("retry", "--all") == (0, ["no task is dead"])


def test_show_tells_all_but_the_arguments(desk: Desk) -> None:
    task = open_task(desk.database, desk.add(TaskStatus.DEAD))
    code, lines = desk.run("show", task.id)
    assert code == 0
    assert f"entity_id         {task.entity_id}" in lines
    assert "last_error        E" in lines
    assert "request_id" not in "".join(lines)
    _, lines = desk.run("show", task.id, "--json")
    assert json.loads("\n".join(lines))["status"] == "DEAD"


def test_a_dead_task_is_retried(desk: Desk) -> None:
    entity = desk.add(TaskStatus.DEAD)
    task_id = open_task(desk.database, entity).id
    assert desk.run("retry", task_id) == (0, [f"retried {task_id}"])
    assert open_task(desk.database, entity).status is TaskStatus.READY
    code, lines = desk.run("retry", task_id)
    assert (code, lines) == (2, [f"barbican-manage: task {task_id} is neither dead nor waiting for its time"])


def test_all_dead_tasks_are_retried_and_no_others(desk: Desk) -> None:
    dead = [desk.add(TaskStatus.DEAD) for _ in range(3)]
    waiting = desk.add(TaskStatus.SCHEDULED)
    code, lines = desk.run("retry", "--all", "--json")
    assert code == 0
    assert len(json.loads("\n".join(lines))["retried"]) == 3
    assert {open_task(desk.database, entity).status for entity in dead} == {TaskStatus.READY}
    assert open_task(desk.database, waiting).status is TaskStatus.SCHEDULED


def test_a_cancelled_task_is_left_to_a_worker(desk: Desk) -> None:
    """It ends the task and tells its entity; one that is at work is asked to end."""
    waiting, at_work = desk.add(TaskStatus.DEAD), desk.add()
    claimed(desk.database, at_work)
    for entity, status in ((waiting, TaskStatus.READY), (at_work, TaskStatus.CLAIMED)):
        task = open_task(desk.database, entity)
        assert desk.run("cancel", task.id) == (0, [f"cancelled {task.id}"])
        row = open_task(desk.database, entity)
        assert (row.status, row.cancel_requested) == (status, True)


def test_a_task_of_an_unknown_kind_is_removed(desk: Desk) -> None:
    """No worker of this version would ever end it."""
    entity = desk.add(name="process_future")
    task = open_task(desk.database, entity, "process_future")
    assert desk.run("cancel", task.id)[0] == 0
    assert find_task(desk.database, entity, "process_future") is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", "nothing"), "there is no open task nothing"),
        (("cancel", "nothing"), "there is no open task nothing"),
        (("retry", "nothing"), "there is no open task nothing"),
        (("retry",), "tasks retry takes the id of a task, or --all"),
        (("retry", "one", "--all"), "tasks retry takes the id of a task, or --all"),
        (("list", "--limit", "0"), "--limit must be 1 or more"),
    ],
)
def test_what_cannot_be_done_is_one_line(desk: Desk, words: tuple[str, ...], complaint: str) -> None:
    assert desk.run(*words) == (2, [f"barbican-manage: {complaint}"])
