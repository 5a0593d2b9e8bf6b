"""A worker at work: lanes that do not harm each other, time limits, cancellation, an end in two seconds."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.outcome import Done, Failed, Retry
from barbican_like.queue.run import Run
from tests.support.probe import LONGEST_WAIT, PROBE, SHORT, Stage
from tests.support.tasks import add_task, take_over


class Hang:
    """Work that hangs without ever looking up, until the test ends."""

    def __init__(self, stage: Stage, *entities: str) -> None:
        self.entered: dict[str, threading.Event] = {entity: threading.Event() for entity in entities}
        self.over = threading.Event()
        stage.task.at["work"] = self.work

    def work(self, run: Run) -> None:
        """Hang, if this is one of those."""
        entered = self.entered.get(run.task.entity_id)
        if entered is not None:
            entered.set()
            assert self.over.wait(LONGEST_WAIT)

    def wait(self) -> None:
        """Return when all of them hang."""
        assert all(event.wait(LONGEST_WAIT) for event in self.entered.values())


@pytest.fixture
def hangs() -> Iterator[list[Hang]]:
    """Whatever hangs is let go at the end."""
    made: list[Hang] = []
    yield made
    for hang in made:
        hang.over.set()


def test_tasks_are_worked_as_they_come(database: Database) -> None:
    """Long and short ones, by a worker that was never told of them."""
    stage = Stage(database)
    with stage.running():
        entities = [stage.owe(kind) for _ in range(20) for kind in (PROBE, SHORT)]
        stage.wait_for(lambda ended: all(entity in ended for entity in entities))
    assert {tuple(outcomes) for outcomes in stage.ended.values()} == {(Done(),)}


def test_a_lane_that_hangs_harms_no_other(database: Database, hangs: list[Hang]) -> None:
    """All its threads hang: tasks of the other lane are done as always, its own wait."""
    stage = Stage(database)
    hanging = [stage.owe() for _ in range(2)]
    hangs.append(Hang(stage, *hanging))
    with stage.running(threads=2):
        hangs[0].wait()
        waiting = stage.owe()
        others = [stage.owe(SHORT) for _ in range(20)]
        stage.wait_for(lambda ended: all(entity in ended for entity in others))
        row = stage.row(waiting)
        assert row is not None
        assert row.status is TaskStatus.READY


def test_the_time_limit_ends_what_hangs(database: Database, hangs: list[Hang]) -> None:
    """Its thread is replaced, its row tried again, and its late result is not written."""
    kind = replace(PROBE, time_limit=0.1)
    stage = Stage(database, kind)
    hanging = [stage.owe() for _ in range(2)]
    hangs.append(Hang(stage, *hanging))
    with stage.running(threads=2):
        hangs[0].wait()
        stage.wait_for(lambda ended: all(entity in ended for entity in hanging))
        assert all(isinstance(stage.ended[entity][0], Retry) for entity in hanging)
        other = stage.owe()
        stage.wait_for(lambda ended: other in ended)
        rows = [stage.row(entity) for entity in hanging]
        assert [row.last_error for row in rows if row] == ["TimeLimitReached"] * 2
        hangs[0].over.set()
    assert not any(stage.is_done(entity) for entity in hanging)


def test_a_time_limit_is_of_one_task_and_not_of_those_worked_with_it(database: Database) -> None:
    """Eight together take longer than one may; each is done at its first try."""
    kind = replace(SHORT, time_limit=0.5)
    stage = Stage(database, kind)
    never = threading.Event()
    stage.task.at["work"] = lambda _: never.wait(0.25) or None
    entities = [stage.owe(kind) for _ in range(8)]
    with stage.running(threads=1):
        stage.wait_for(lambda ended: all(entity in ended for entity in entities))
    assert {tuple(outcomes) for outcomes in stage.ended.values()} == {(Done(),)}


def test_a_long_kind_has_its_turn_beside_a_flood_of_short_ones(database: Database) -> None:
    """In one lane: it is worked while the flood lasts, not after it."""
    short, long = replace(SHORT, lane="both"), replace(PROBE, lane="both")
    stage = Stage(database, short, long)
    flood = [stage.owe(short) for _ in range(400)]
    single = stage.owe(long)
    with stage.running(threads=2):
        stage.wait_for(lambda ended: single in ended)
        assert sum(entity in stage.ended for entity in flood) < len(flood)


def test_a_task_that_kills_its_workers_takes_no_other_with_it(database: Database) -> None:
    """Forty tasks, one of which ends whichever worker works it: it is given up, all others are done."""
    owner = Stage(database)
    killer, *others = [owner.owe(SHORT) for _ in range(40)]
    for _ in range(80):
        stage = Stage(database)
        runs = stage.claims.take(SHORT, 16)
        assert sum(run.task.losses > 0 for run in runs) <= 1
        if any(run.task.entity_id == killer and run.task.losses < 10 for run in runs):
            kill(database, stage)
            continue
        for run in runs:
            stage.task.process_together([run])
    row = owner.row(killer, SHORT)
    assert row is not None
    assert (row.status, row.losses) == (TaskStatus.DEAD, 10)
    assert all(map(owner.is_done, others))


def kill(database: Database, stage: Stage) -> None:
    """Let a worker be lost, and the wait of what it had be over."""
    with UnitOfWork(database) as uow:
        (lease,) = (lease for lease in uow.leases.list() if lease.id == stage.lease.id)
        assert uow.leases.take_away(lease) is not None
        uow.commit()
    with database.writing() as connection:
        connection.exec_driver_sql(
            "update tasks set status = 'READY', due_at = null where status = 'SCHEDULED'"
        )


def test_the_time_limit_reaches_work_that_looks_up(database: Database) -> None:
    """At its next checkpoint, without costing a thread."""
    kind = replace(PROBE, time_limit=0.05)
    stage = Stage(database, kind)

    def work(run: Run) -> None:
        while True:
            run.checkpoint()

    stage.task.at["work"] = work
    entity = stage.owe()
    outcome = stage.try_once(entity, kind)
    assert isinstance(outcome, Retry)
    assert outcome.error == "TimeLimitReached"


def test_a_worker_ends_within_two_seconds_and_hands_everything_back(
    database: Database, hangs: list[Hang]
) -> None:
    """What hangs, what looks up and what waits for a thread: all ready for others, none counted as tried."""
    stage = Stage(database)
    hanging = stage.owe()
    looking = stage.owe()
    hangs.append(Hang(stage, hanging))
    looks = threading.Event()

    def work(run: Run) -> None:
        if run.task.entity_id == looking:
            while True:
                looks.set()
                run.checkpoint()
        hangs[0].work(run)

    stage.task.at["work"] = work
    with stage.running(threads=2):
        hangs[0].wait()
        assert looks.wait(LONGEST_WAIT)
        shorts = [stage.owe(SHORT) for _ in range(3)]
        begun = time.monotonic()
    assert time.monotonic() - begun < 5.0  # a hang would be for ever
    for entity in (hanging, looking):
        row = stage.row(entity)
        assert row is not None
        assert (row.status, row.attempts, row.claimed_by) == (TaskStatus.READY, 0, None)
    assert all(stage.is_done(entity) or stage.row(entity, SHORT) for entity in shorts)
    with database.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from worker_leases").scalar_one() == 0


def test_a_running_task_is_cancelled(database: Database) -> None:
    """Its next checkpoint after the next look of the watch ends it; its entity is told, and no row stays."""
    stage = Stage(database)
    entity = stage.owe()
    begun = threading.Event()

    def work(run: Run) -> None:
        begun.set()
        while True:
            run.checkpoint()

    stage.task.at["work"] = work
    with stage.running():
        assert begun.wait(LONGEST_WAIT)
        row = stage.row(entity)
        assert row is not None
        with UnitOfWork(database) as uow:
            assert uow.task_desk.cancel(row.id)
            uow.commit()
        stage.wait_for(lambda ended: entity in ended)
    (outcome,) = stage.ended[entity]
    assert isinstance(outcome, Failed)
    assert (outcome.error, stage.row(entity)) == ("TaskCancelled", None)


def test_work_whose_claim_was_lost_is_told_so(database: Database) -> None:
    """Another worker has the row: the first ends at its next checkpoint and writes nothing."""
    stage = Stage(database)
    entity = stage.owe()
    begun = threading.Event()

    def work(run: Run) -> None:
        begun.set()
        while True:
            run.checkpoint()

    stage.task.at["work"] = work
    with stage.running():
        assert begun.wait(LONGEST_WAIT)
        take_over(database, entity, PROBE.name)
        stage.wait_for(lambda ended: entity in ended)
        assert stage.ended[entity] == [None]
        row = stage.row(entity)
        assert row is not None
        assert (row.claimed_by, row.fence) == ("another", 2)


def test_kinds_that_nobody_here_knows_are_left_quietly(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A hundred rows of a newer version: one line names the kind, and all others are worked as always."""
    caplog.set_level(logging.INFO)
    stage = Stage(database)
    for _ in range(100):
        add_task(database, name="process_future")
    with stage.running():
        entities = [stage.owe() for _ in range(20)]
        stage.wait_for(lambda ended: all(entity in ended for entity in entities))
    lines = [record.getMessage() for record in caplog.records if "process_future" in record.getMessage()]
    assert lines == ["tasks.of_unknown_kinds names=process_future"]
    with database.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from tasks").scalar_one() == 100


def test_a_process_serves_its_lanes_only(database: Database) -> None:
    """Tasks of another lane wait for a worker that has it."""
    stage = Stage(database, SHORT)
    other = Stage(database, PROBE)
    waiting = other.owe(PROBE)
    with stage.running():
        entities = [stage.owe(SHORT) for _ in range(10)]
        stage.wait_for(lambda ended: all(entity in ended for entity in entities))
        assert other.row(waiting) is not None
    with other.running():
        other.wait_for(lambda ended: waiting in ended)


def test_what_one_object_owes_is_worked_by_one_worker_at_a_time(database: Database) -> None:
    """Two workers, one object asked for fifty times: never two at once, and once after the last time."""
    one, two = Stage(database), Stage(database)
    entity = one.owe()
    at_work: list[int] = []
    together: list[int] = []
    lock = threading.Lock()

    def work(_: Any) -> None:
        with lock:
            at_work.append(1)
            together.append(len(at_work))
        with lock:
            at_work.pop()

    one.task.at["work"] = two.task.at["work"] = work
    with one.running(), two.running():
        for _ in range(50):
            one.ensure(entity)
        deadline = time.monotonic() + LONGEST_WAIT
        while one.row(entity) is not None:
            assert time.monotonic() < deadline
    assert set(together) == {1}
    assert one.is_done(entity)
