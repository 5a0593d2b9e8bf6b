"""Leases: a process that lives keeps its claims, a dead one loses them, and no clock decides."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.models import WorkerLease
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue import leases
from barbican_like.queue.leases import Lease, Neighbours, boot_id
from tests.support.tasks import add_task, claimed, open_lease, open_task, set_task

TERM = 30.0
WAIT = 30.0


class Clock:
    """Stands where the monotonic clock stands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(leases.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test moves."""
    return Clock(monkeypatch)


def neighbours(database: Database, folder: Path | None = None) -> Neighbours:
    """An observer with a lease of its own."""
    own = Lease(database, folder=folder, term=TERM)
    own.open()
    return Neighbours(database, own, folder=folder, term=TERM)


def all_leases(database: Database) -> dict[str, WorkerLease]:
    """Every lease by its id."""
    with Reading(database) as view:
        return {lease.id: lease for lease in view.leases.list()}


def beat(database: Database, lease_id: str) -> bool:
    """What the process of a lease does while it lives."""
    with UnitOfWork(database) as uow:
        kept = uow.leases.beat(lease_id)
        uow.commit()
    return kept


def look_for(observer: Neighbours, clock: Clock, seconds: float) -> int:
    """Look twice a second for so long; returns how many claims that freed."""
    freed = observer.look()
    for _ in range(int(seconds * 2)):
        clock.now += 0.5
        freed += observer.look()
    return freed


def test_a_silent_lease_is_taken_away_after_its_term_and_not_before(database: Database, clock: Clock) -> None:
    """Its claims are ready again, its losses are counted, the fence stays."""
    entity_id = add_task(database)
    claimed(database, entity_id, "silent")
    observer = neighbours(database)
    assert look_for(observer, clock, TERM - 1) == 0
    assert look_for(observer, clock, 1) == 1
    task = open_task(database, entity_id)
    assert (task.status, task.claimed_by, task.fence, task.losses) == (TaskStatus.READY, None, 1, 1)
    assert "silent" not in all_leases(database)


def test_a_lease_that_beats_lives_for_ever(database: Database, clock: Clock) -> None:
    """One beat in each term is enough, whatever any clock shows."""
    entity_id = add_task(database)
    claimed(database, entity_id, "slow")
    observer = neighbours(database)
    for _ in range(4):
        assert look_for(observer, clock, TERM - 1) == 0
        assert beat(database, "slow")
    assert open_task(database, entity_id).claimed_by == "slow"


def test_a_jump_of_the_clock_counts_as_one_look(database: Database, clock: Clock) -> None:
    """An observer that was paused for an hour, or whose clock stepped, has not watched for an hour."""
    claimed(database, add_task(database), "lives")
    observer = neighbours(database)
    observer.look()
    for _ in range(int(TERM) - 2):
        clock.now += 3600
        assert observer.look() == 0


def test_a_beat_just_before_it_is_taken_away_saves_a_lease(database: Database, clock: Clock) -> None:
    """The beats that were seen are compared in the transaction that takes it away."""
    claimed(database, add_task(database), "late")
    lease = all_leases(database)["late"]
    beat(database, "late")
    with UnitOfWork(database) as uow:
        assert uow.leases.take_away(lease) is None
        uow.commit()
    assert "late" in all_leases(database)


@contextmanager
def another_process(database: Database, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of this machine with a lease and its lock."""
    lease_id = f"process-{os.urandom(4).hex()}"
    code = (
        "import sys; from pathlib import Path; from barbican_like.queue import leases as own; "
        "own._take_lock(own._lock_path(Path(sys.argv[1]), sys.argv[2])); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder), lease_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with UnitOfWork(database) as uow:
            uow.leases.open(lease_id, host="here", boot=boot_id(), pid=process.pid)
            uow.commit()
        try:
            yield lease_id, process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(timeout=WAIT)


def test_a_process_of_this_machine_is_dead_as_soon_as_it_is_killed(
    database: Database, tmp_path: Path
) -> None:
    """The kernel frees its lock: the first look sees it. While it lives, or is stopped, none does."""
    entity_id = add_task(database)
    observer = neighbours(database, tmp_path)
    with another_process(database, tmp_path) as (lease_id, process):
        claimed(database, entity_id, lease_id)
        assert observer.look() == 0
        process.send_signal(signal.SIGSTOP)
        assert observer.look() == 0
        process.kill()
        process.wait(timeout=WAIT)
        assert observer.look() == 1
    assert open_task(database, entity_id).status is TaskStatus.READY
    assert not leases._lock_path(tmp_path, lease_id).exists()


@pytest.mark.parametrize("elsewhere", ["another kernel", "another folder"])
def test_a_lock_that_is_not_here_says_nothing(database: Database, tmp_path: Path, elsewhere: str) -> None:
    """Of another machine, or of a container with a folder of its own: its beats decide, whatever its pid."""
    observer = neighbours(database, tmp_path / "mine")
    boot = boot_id() if elsewhere == "another folder" else "another kernel"
    with UnitOfWork(database) as uow:
        uow.leases.open("theirs", host=os.uname().nodename, boot=boot, pid=2**22)
        uow.commit()
    if elsewhere == "another kernel":  # even where its file is seen, as over a network, and its lock is not
        leases._lock_path(tmp_path / "mine", "theirs").touch()
    claimed(database, add_task(database), "theirs")
    assert observer.look() == 0


def test_a_process_never_takes_its_own_lease_away(database: Database, tmp_path: Path, clock: Clock) -> None:
    """However long it has not beaten."""
    observer = neighbours(database, tmp_path)
    own = set(all_leases(database))
    assert look_for(observer, clock, 2 * TERM) == 0
    assert set(all_leases(database)) == own


def test_a_task_whose_workers_are_lost_again_and_again_waits(database: Database) -> None:
    """It is ready at once twice more; then it waits ten seconds, since it may be what kills them."""
    entity_id = add_task(database)
    for losses, status in ((0, "READY"), (2, "READY"), (3, "SCHEDULED")):
        set_task(database, entity_id, status=TaskStatus.READY, due_at=None, losses=losses)
        claimed(database, entity_id, "killed")
        with UnitOfWork(database) as uow:
            assert uow.leases.take_away(all_leases_in(uow)["killed"]) == 1
            uow.commit()
        assert (open_task(database, entity_id).status, open_task(database, entity_id).losses) == (
            status,
            losses + 1,
        )


def all_leases_in(uow: UnitOfWork) -> dict[str, WorkerLease]:
    """Every lease by its id."""
    return {lease.id: lease for lease in uow.leases.list()}


def test_a_lease_given_up_hands_its_claims_back(database: Database) -> None:
    """No loss and no try is counted; the lease is gone."""
    entity_id = add_task(database)
    claimed(database, entity_id, "ends")
    with UnitOfWork(database) as uow:
        uow.leases.end("ends")
        uow.commit()
    task = open_task(database, entity_id)
    assert (task.status, task.losses, task.attempts) == (TaskStatus.READY, 0, 0)
    assert all_leases(database) == {}


def test_a_lease_beats_by_itself_and_ends_with_its_lock(database: Database, tmp_path: Path) -> None:
    """Started, it beats from a thread; stopped, neither row nor lock is left."""
    lease = Lease(database, folder=tmp_path, term=0.1)
    beaten = threading.Event()
    beat = lease.beat

    def beat_and_tell() -> None:
        beat()
        beaten.set()

    lease.beat = beat_and_tell  # type: ignore[method-assign]
    lease.start()
    assert (tmp_path / f"{lease.id}.lock").exists()
    for _ in range(3):
        assert beaten.wait(WAIT)
        beaten.clear()
    assert all_leases(database)[lease.id].beats >= 2
    lease.stop()
    assert (all_leases(database), list(tmp_path.iterdir())) == ({}, [])


def test_who_lost_its_lease_begins_a_new_one(database: Database, tmp_path: Path) -> None:
    """Its claims are lost, it is told so, and it can claim again under another lease."""
    lease = Lease(database, folder=tmp_path, term=TERM)
    lease.open()
    told: list[str] = []
    lease.on_loss = lambda: told.append(lease.id)
    old = lease.id
    with UnitOfWork(database) as uow:
        assert uow.leases.take_away(all_leases_in(uow)[old]) == 0
        uow.commit()
    lease.beat()
    assert (told, lease.id != old) == ([old], True)
    assert set(all_leases(database)) == {lease.id}
    assert [path.name for path in tmp_path.iterdir()] == [f"{lease.id}.lock"]


def test_beats_outlive_a_database_that_is_busy(sqlite_database: Database) -> None:
    """A beat that fails is followed by the next one."""
    lease = Lease(sqlite_database, folder=None, term=0.05)
    tried, again = [], threading.Event()

    def beat() -> None:
        tried.append(1)
        if len(tried) == 3:
            again.set()
        raise Overloaded

    lease.beat = beat  # type: ignore[method-assign]
    lease.start()
    assert again.wait(WAIT)
    lease.stop()


def test_two_observers_take_a_lease_away_once(database: Database) -> None:
    """The second finds nothing left to free."""
    entity_id = add_task(database)
    open_lease(database, "dead")
    claimed(database, entity_id, "dead")
    lease = all_leases(database)["dead"]
    freed = []
    for _ in range(2):
        with UnitOfWork(database) as uow:
            freed.append(uow.leases.take_away(lease))
            uow.commit()
    assert freed == [1, None]
