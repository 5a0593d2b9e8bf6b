"""The wall clock steps by an hour, forth and back, under a worker that lives: nobody takes its claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.client import Answer, Client, Crowd, order
from tests.faults.conftest import Place, opened
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for
from tests.support.servers import leave_out

HOUR = 3600
TERM = 2.0  # seconds
BEATS = 8  # at each time of the clock: with five of them in a term, longer than the term
LOSSES = ("lease.taken_away", "lease.lost", "task.claim_lost")


@dataclass(frozen=True)
class Clock:
    """A wall clock that steps while a process reads it; the monotonic clock goes on as it was."""

    library: Path
    file: Path

    def step(self, offset: int) -> None:
        """Let it show the true time and so many seconds, from the next look on."""
        self.file.with_suffix(".new").write_text(f"{offset:+d}\n")
        self.file.with_suffix(".new").rename(self.file)

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process read it."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """A clock, at the true time."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        leave_out("libfaketime is not installed")
    made = Clock(library, tmp_path / "clock")
    made.step(0)
    return made


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Send the order of that number, after a moment; of twenty one is for a pair of keys."""
    let_pass(0.05)
    kind = "aes" if number % 20 else "rsa"
    return kind, client.post("/v1/orders", order(kind))


def require_unmoved(place: Place, clock: Clock, offsets: list[int]) -> None:
    """Step one of two workers' clocks, orders streaming in: no claim is lost, every order is done once."""
    instance = place.instance(options={"worker": {"claim_term": str(TERM)}})
    with opened(instance) as ledger:
        instance.api()
        instance.worker("steady")
        worker = instance.at_work(instance.launch("worker", "stepped", environment=clock.environment))
        with Crowd(instance.port, ask, clients=2) as crowd, leases_kept(ledger):
            for offset in offsets:
                clock.step(offset)
                outlive(ledger, worker)
            tally = crowd.finish()
            wait_for("no order is PENDING", ledger.settled, 60)
        assert (set(tally.statuses()), tally.broken) == ({202}, 0)
        assert ledger.differences(**ledger.ordered()) == {}
        require_steps_seen(worker, offsets)
        assert [event for event in LOSSES if event in instance.logs()] == []
        tell(
            f"{place.name}: {len(offsets)} steps, {ledger.count('orders')} orders: none lost, no claim freed"
        )


@contextmanager
def leases_kept(ledger: Ledger) -> Iterator[None]:
    """The same leases are there before and after."""
    before = ledger.leases()
    yield
    assert ledger.leases() == before


def outlive(ledger: Ledger, worker: Process) -> None:
    """Return when a worker has shown for longer than the term that it lives."""

    def beats() -> int:
        return ledger.number("select beats from worker_leases where pid = :pid", pid=worker.pid)

    enough = beats() + BEATS
    wait_for("the worker beats on", lambda: beats() >= enough, 60)


def require_steps_seen(worker: Process, offsets: list[int]) -> None:
    """A worker has written each of these times into its log, as its clock showed them."""
    written = [datetime.fromisoformat(line[:19]) for line in worker.said().splitlines() if " INFO " in line]
    now = datetime.now()  # noqa: DTZ005  local time, as in logs
    assert {round((moment - now).total_seconds() / HOUR) for moment in written} == {
        offset // HOUR for offset in offsets
    }


def test_a_step_of_the_clock_frees_no_claim(either: Place, clock: Clock) -> None:
    """An hour forth, an hour back behind the true time, and to the true time again."""
    require_unmoved(either, clock, [HOUR, -HOUR, 0])


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_steps_of_the_clock(either: Place, clock: Clock) -> None:
    """The same ten times."""
    require_unmoved(either, clock, [HOUR, -HOUR, 0] * 10)
