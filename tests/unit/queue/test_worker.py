"""The parts of a worker that need no database: lanes, runs, kinds, wake-ups."""

import threading
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.errors import ClaimLost, TaskCancelled, TimeLimitReached, WorkerStops
from barbican_like.model.models import Task
from barbican_like.plugin import kinds as own_kinds
from barbican_like.queue import kinds as queue_kinds
from barbican_like.queue.kinds import COST, Retries, TaskKind, cost
from barbican_like.queue.lanes import Lane
from barbican_like.queue.run import Run
from barbican_like.queue.server import Tasks
from barbican_like.queue.transport import Counter, NullWaker, WakeUp
from tests.support.threads import at_once

WAIT = 30.0
KIND = TaskKind(name="process_x", entity="x_id", lane="x", time_limit=60.0)


def a_run(name: str = "a", kind: TaskKind = KIND) -> Run:
    """A claim of a task that no database has."""
    fields = dict.fromkeys(Task._fields) | {"id": name, "entity_id": name, "losses": 0, "attempts": 1}
    return Run(Task(**fields), kind)  # type: ignore[arg-type]


class Gate:
    """Work that comes in, and goes on when the test lets it."""

    def __init__(self) -> None:
        self.entered: dict[str, threading.Event] = {}
        self.let_go: dict[str, threading.Event] = {}
        self.calls: list[str] = []
        self.error: Exception | None = None
        self._lock = threading.Lock()

    def _parts(self, name: str) -> tuple[threading.Event, threading.Event]:
        with self._lock:
            return (
                self.entered.setdefault(name, threading.Event()),
                self.let_go.setdefault(name, threading.Event()),
            )

    def work(self, runs: Sequence[Run]) -> None:
        """Work a job, named by its first run."""
        entered, let_go = self._parts(runs[0].task.id)
        self.calls.append(runs[0].task.id)
        entered.set()
        if self.error is not None:
            raise self.error
        assert let_go.wait(WAIT)

    def is_in(self, name: str) -> bool:
        """Whether the work on a job begins in time."""
        return self._parts(name)[0].wait(WAIT)

    def open(self, name: str) -> None:
        """Let it end."""
        self._parts(name)[1].set()

    def open_all(self) -> None:
        """Let everything end."""
        for let_go in self.let_go.values():
            let_go.set()


class Stage:
    """A lane of two threads before a gate."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.room = threading.Event()
        self.lane = Lane("x", 2, self.gate.work, self.room.set)
        self.lane.start()

    def put(self, *names: str) -> None:
        """A job of one run each."""
        for name in names:
            self.lane.put([a_run(name)])


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A lane; whatever it still waits for is let go at the end."""
    made = Stage()
    yield made
    made.gate.open_all()
    made.lane.stop(WAIT)


def test_a_lane_works_as_many_jobs_at_once_as_it_has_threads(stage: Stage) -> None:
    """Two are at work, the third waits for one of them."""
    stage.put("a", "b", "c")
    assert stage.gate.is_in("a")
    assert stage.gate.is_in("b")
    assert "c" not in stage.gate.calls
    stage.gate.open("a")
    assert stage.gate.is_in("c")


def test_a_lane_says_how_much_it_takes(stage: Stage) -> None:
    """As many jobs as threads; none when it is full."""
    assert stage.lane.room() == 2
    stage.put("a", "b")
    assert stage.gate.is_in("a")
    assert stage.gate.is_in("b")
    assert stage.lane.room() == 0


def test_a_lane_of_short_jobs_has_the_next_ones_waiting() -> None:
    """Twice as many jobs as threads."""
    lane = Lane("x", 2, lambda _: None, lambda: None, ahead=True)
    assert lane.room() == 4
    lane.put([a_run()])
    assert lane.room() == 3


def test_who_was_refused_is_told_of_room(stage: Stage) -> None:
    """Once, when a job has ended; who was not refused is left alone."""
    stage.put("a", "b")
    assert stage.gate.is_in("a")
    stage.gate.open("a")
    assert stage.gate.is_in("b")
    assert not stage.room.is_set()
    stage.put("c")
    assert stage.gate.is_in("c")
    assert stage.lane.room() == 0
    stage.gate.open("b")
    assert stage.room.wait(WAIT)


def test_an_error_costs_no_thread(stage: Stage) -> None:
    """Whatever a job raises, the lane goes on with the next."""
    stage.gate.error = RuntimeError("anything")
    for number in range(4):
        stage.put(f"bad-{number}")
        assert stage.gate.is_in(f"bad-{number}")
    stage.gate.error = None
    stage.put("good")
    assert stage.gate.is_in("good")


def test_a_job_that_hangs_is_given_up_and_its_thread_replaced(stage: Stage) -> None:
    """Two hang; two others are worked in their place, and when the first come back they take nothing more."""
    stage.put("a", "b")
    assert stage.gate.is_in("a")
    assert stage.gate.is_in("b")
    for job in stage.lane.jobs():
        stage.lane.abandon(job)
        stage.lane.abandon(job)  # twice is once
    stage.put("c", "d", "e")
    assert stage.gate.is_in("c")
    assert stage.gate.is_in("d")
    stage.gate.open("a")
    stage.gate.open("b")
    assert stage.lane.room() == 0
    assert "e" not in stage.gate.calls


def test_a_stopped_lane_takes_nothing_and_tells_whether_all_has_ended(stage: Stage) -> None:
    """What waits is dropped; what hangs is not waited for beyond the time given."""
    stage.put("a", "b", "c")
    assert stage.gate.is_in("a")
    assert stage.gate.is_in("b")
    assert not stage.lane.stop(0.01)
    stage.gate.open_all()
    assert stage.lane.stop(WAIT)
    assert sorted(stage.gate.calls) == ["a", "b"]


def test_a_run_goes_on_until_it_is_interrupted() -> None:
    """The first cause counts, at every checkpoint from then on."""
    run = a_run()
    run.begin()
    run.checkpoint()
    run.interrupt(TaskCancelled)
    run.interrupt(ClaimLost)
    for _ in range(2):
        with pytest.raises(TaskCancelled):
            run.checkpoint()


def test_a_run_has_its_kinds_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its beginning; before that it waits for a thread as long as it must."""
    now = 1000.0
    monkeypatch.setattr("barbican_like.queue.run.time.monotonic", lambda: now)
    run = a_run()
    now += 3600
    run.checkpoint()
    run.begin()
    now += 59
    run.checkpoint()
    now += 1
    with pytest.raises(TimeLimitReached):
        run.progress("too late")


def test_progress_is_taken_once() -> None:
    """The last text, then nothing until there is a new one."""
    run = a_run()
    for text in ("1", "2"):
        run.progress(text)
    assert [run.take_progress(), run.take_progress()] == ["2", None]
    run.interrupt(WorkerStops)
    with pytest.raises(WorkerStops):
        run.progress("3")
    assert run.take_progress() == "3"


@given(attempt=st.integers(0, 10_000))
def test_a_pause_is_between_half_and_all_of_its_longest(attempt: int) -> None:
    """Half a second after the first try, doubled with each, at most a minute; never an overflow."""
    longest = min(60.0, 0.5 * 2.0 ** min(max(attempt - 1, 0), 30))
    assert longest / 2 <= Retries().pause(attempt) <= longest


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]), (1.0, [0.5, 1, 2, 4, 8, 16, 32, 60, 60])],
)
def test_the_bounds_are_reached(monkeypatch: pytest.MonkeyPatch, share: float, expected: list[float]) -> None:
    """With the least and with the most luck."""
    monkeypatch.setattr(queue_kinds._DICE, "uniform", lambda low, high: {0.5: low, 1.0: high}[share])
    assert [Retries().pause(attempt) for attempt in range(1, 10)] == expected


def test_many_failures_do_not_come_back_as_one() -> None:
    """A hundred tasks that failed together are due at a hundred different times."""
    assert len({Retries().pause(5) for _ in range(100)}) > 90


def test_a_priority_is_a_factor_of_the_cost() -> None:
    """The usual one costs what is usual; each step up costs less, none nothing."""
    costs = [cost(priority) for priority in range(10)]
    assert costs[5] == COST
    assert costs == sorted(set(costs))
    assert costs[0] > 0


def test_every_kind_is_a_method_of_the_tasks() -> None:
    """By the name that rows and wake-ups have."""
    every = [getattr(own_kinds, name) for name in dir(own_kinds) if name.startswith("PROCESS_")]
    tasks = Tasks(None, dict.fromkeys(every))  # type: ignore[arg-type]
    assert set(tasks.kinds) == {kind.name for kind in every}
    assert all(callable(getattr(tasks, kind.name)) for kind in every)


def test_a_null_waker_leaves_all_to_the_sweep() -> None:
    """It takes wake-ups and does nothing with them."""
    waker = NullWaker()
    waker.wake(WakeUp("process_x", {}))
    waker.close()


def test_a_counter_counts_every_thread() -> None:
    """Eight threads, a hundred each."""
    counter = Counter()
    at_once(8, lambda _: [counter.add() for _ in range(100)])
    assert counter.value == 800
