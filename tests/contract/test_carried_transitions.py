"""Transitions go from an outbox into the rows exactly once, on every database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.common.notices import Notice
from barbican_like.contexts.definition import Context
from barbican_like.contexts.keeping import Outbox
from barbican_like.contexts.launch import Launch
from barbican_like.contexts.places import OutboxReader, Place
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.tasks import CARRY, CarryTransitions, OutboxWatch
from barbican_like.model import tables
from barbican_like.model.database import Database
from barbican_like.model.models import Page
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.leases import Lease
from barbican_like.queue.transport import NullWaker
from tests.support.pages import shown

ENDPOINTS = ("front_endpoint", "back_endpoint", "front_bind", "back_bind")
TRANSACTION = "6FDAHH3WPRVV7FGZCRIN"


def place(folder: Path) -> Place:
    """A provider that was started once."""
    launch = Launch(
        context=Context(
            name="Echo",
            front_endpoint="",
            back_endpoint="",
            front_bind="",
            back_bind="",
            context_id="context001",
        ),
        commands={},
        folder=str(folder),
        logs=str(folder),
        log=str(folder / "log"),
        socket=str(folder / "socket"),
        wishes=str(folder / "wishes"),
        outbox=str(folder / "outbox"),
        hold=str(folder / "hold"),
        mark=("X", "y"),
    )
    launch.write(folder / "launch.json")
    return Place(folder / "launch.json")


def entry(old: str, new: str, service: str = "ts_100", **more: Any) -> dict[str, Any]:
    """A transition as the supervisor writes it."""
    return {
        "time": 1_700_000_000.25,
        "transaction": TRANSACTION,
        "service_id": service,
        "service_name": "echo",
        "instance": "Echo",
        "old": old,
        "new": new,
        "wish": "up",
        "pid": 7,
        "exit_code": None,
        "restarts": 0,
        "reason": "",
        "log": [],
        **more,
    }


class World:
    """An outbox, a database, and one who carries."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.database = database
        self.place = place(folder)
        self.outbox = Outbox(folder / "outbox")
        self.reader = OutboxReader(folder / "outbox")
        self.claims = Claims(database, Lease(database, folder=None, term=30))
        self.task = CarryTransitions(database, self.claims, [self.place])

    def carry(self, *, commits: bool = True) -> object:
        """One try of the task, as the fabric makes it, committed or not."""
        task = self._task()
        with Reading(self.database) as view:
            load = self.task.retrieve_entity(view, task)
        assert load is not None
        work = self.task.handle_processing(None, load)
        with UnitOfWork(self.database) as uow:
            ending = self.task.handle_success(uow, task, load, work)
            if commits:
                uow.commit()
        return ending

    def _task(self) -> Any:
        class OfPlace:
            entity_id = self.place.id

        return OfPlace()

    def numbers(self) -> list[int]:
        """Of the rows."""
        with Reading(self.database) as view:
            row = view.of(ContextRepo).find(TRANSACTION)
            return (
                [] if row is None else [t.number for t in view.of(ContextRepo).transitions(row.id, 0, 10_000)]
            )


@pytest.fixture
def world(tmp_path: Path, database: Database) -> World:
    return World(tmp_path, database)


def test_transitions_become_rows_in_their_order(world: World) -> None:
    """The context, its services as they stand last, and each transition."""
    world.outbox.add(entry("DEFINED", "STARTING"))
    world.outbox.add(entry("STARTING", "RUNNING"))
    world.outbox.add(entry("RUNNING", "FAILED", exit_code=-9, reason="killed", log=["one", "two é"]))
    world.carry()
    with Reading(world.database) as view:
        (row,), total = shown(view, view.of(ContextRepo).list(Page(offset=0, limit=10)))
        found = view.of(ContextRepo).transitions(row.id, 1, 10)
    assert (total, row.name, row.context_id, row.transaction_id) == (1, "Echo", "context001", TRANSACTION)
    assert [(t.number, t.old_state, t.state) for t in found] == [
        (2, "STARTING", "RUNNING"),
        (3, "RUNNING", "FAILED"),
    ]
    assert (found[1].exit_code, found[1].reason, found[1].log) == (-9, "killed", "one\ntwo é")
    assert found[1].since.isoformat() == "2023-11-14T22:13:20.250000"


def test_what_was_carried_is_not_carried_again(world: World) -> None:
    """A second try finds nothing; new ones go on where the last one was."""
    for _ in range(3):
        world.outbox.add(entry("STARTING", "RUNNING"))
    assert world.carry() is None
    assert world.carry() is None
    world.outbox.add(entry("RUNNING", "STOPPING"))
    world.carry()
    assert world.numbers() == [1, 2, 3, 4]


def test_a_try_that_is_not_committed_leaves_nothing(world: World) -> None:
    """Neither rows nor how far it was: the next one begins where this one did."""
    world.outbox.add(entry("DEFINED", "STARTING"))
    world.carry(commits=False)
    assert world.numbers() == []
    world.carry()
    assert world.numbers() == [1]


def test_two_who_carry_at_once_write_each_once(world: World) -> None:
    """The second one sees that the first was there, and writes nothing."""
    world.outbox.add(entry("DEFINED", "STARTING"))
    outbox_id = world.reader.id()
    entries = world.reader.after(0, 10)
    results = []
    for _ in range(2):
        with UnitOfWork(world.database) as uow:
            results.append(uow.of(ContextRepo).carry(outbox_id, 0, "context001", "Echo", entries))
            uow.commit()
    assert results == [True, False]
    assert world.numbers() == [1]


def test_many_are_carried_in_parts_and_files_that_are_carried_go(world: World, monkeypatch: Any) -> None:
    """A part is committed, and the task goes on; only the newest file stays."""
    monkeypatch.setattr("barbican_like.contexts.keeping.SEGMENT", 4096)
    for _ in range(1200):
        world.outbox.add(entry("STARTING", "RUNNING"))
    tries = 1
    while world.carry() is not None:
        tries += 1
    world.carry()
    assert tries == 3
    assert world.numbers() == list(range(1, 1201))
    files = list(Path(world.place.launch().outbox).glob("*.jsonl"))
    assert len(files) == 1
    again = Outbox(Path(world.place.launch().outbox))
    again.add(entry("RUNNING", "STOPPING"))
    world.carry()
    assert world.numbers()[-1] == 1201


def test_a_line_that_is_half_written_waits(world: World) -> None:
    """It is carried when it is whole."""
    world.outbox.add(entry("DEFINED", "STARTING"))
    (file,) = Path(world.place.launch().outbox).glob("*.jsonl")
    line = json.dumps({"number": 2, **entry("STARTING", "RUNNING")}) + "\n"
    with file.open("a") as end:
        end.write(line[:40])
    world.carry()
    assert world.numbers() == [1]
    with file.open("a") as end:
        end.write(line[40:])
    world.carry()
    assert world.numbers() == [1, 2]


def test_each_transition_is_told_in_the_transaction_that_writes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An observer hears of a service, and when it fails nothing is written."""
    heard: list[Notice] = []
    monkeypatch.setattr(world.database, "observers", (lambda _uow, notices: heard.extend(notices),))
    world.outbox.add(entry("DEFINED", "STARTING"))
    world.carry()
    (notice,) = heard
    assert (notice.object, notice.id, notice.op, notice.what) == (
        *("service", f"{TRANSACTION}/ts_100", "created", None),
    )
    assert (notice.old, notice.new, notice.snapshot["serviceName"]) == ("DEFINED", "STARTING", "echo")

    def fail(*_: object) -> None:
        raise KeyError("observer")

    monkeypatch.setattr(world.database, "observers", (fail,))
    world.outbox.add(entry("STARTING", "RUNNING"))
    with pytest.raises(KeyError):
        world.carry()
    assert world.numbers() == [1]


def test_whoever_watches_asks_once_for_what_has_grown(world: World, tmp_path: Path) -> None:
    """One task for the provider; none while nothing happens; a place without a provider is nothing."""
    nowhere = Place(tmp_path / "nowhere.json")
    watch = OutboxWatch(world.database, TaskClient(NullWaker()), [world.place, nowhere])
    watch.look()
    assert tasks(world.database) == []
    world.outbox.add(entry("DEFINED", "STARTING"))
    watch.look()
    watch.look()
    assert tasks(world.database) == [(CARRY.name, world.place.id)]


def tasks(database: Database) -> list[tuple[str, str]]:
    """The open tasks."""
    with database.reading() as connection:
        return [
            tuple(row) for row in connection.execute(sa.select(tables.tasks.c.name, tables.tasks.c.entity_id))
        ]


def test_an_outbox_keeps_its_id(tmp_path: Path) -> None:
    """Whoever reads it first gives it one."""
    (tmp_path / "outbox").mkdir()
    first, second = (OutboxReader(tmp_path / "outbox").id() for _ in range(2))
    assert first == second
    assert ids.is_canonical(first)
