"""The worker: each entity once at a time, no more than it can bear, and an orderly end."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from barbican_like.common.errors import Overloaded
from barbican_like.queue.client import TaskClient
from barbican_like.queue.outcome import Done, Outcome
from barbican_like.queue.server import ENTITY_ARGUMENT, Tasks, Worker
from barbican_like.queue.transport import Counter, DirectWaker, NullWaker, WakeUp
from tests.support.threads import at_once

NAME = "process_type_order"
WAIT = 30.0


class Gate:
    """Stands where ``Tasks`` stands: a call comes in, and goes on when the test lets it."""

    def __init__(self) -> None:
        self.entered: dict[str, threading.Event] = {}
        self.let_go: dict[str, Future[Outcome | None]] = {}
        self.calls: list[str] = []
        self._lock = threading.Lock()

    def _parts(self, entity_id: str) -> tuple[threading.Event, Future[Outcome | None]]:
        with self._lock:
            return (
                self.entered.setdefault(entity_id, threading.Event()),
                self.let_go.setdefault(entity_id, Future()),
            )

    def call(self, _name: str, entity_id: str) -> Outcome | None:
        """Work an entity."""
        entered, let_go = self._parts(entity_id)
        self.calls.append(entity_id)
        entered.set()
        return let_go.result(WAIT)

    def is_in(self, entity_id: str) -> bool:
        """Whether the work on an entity begins in time."""
        return self._parts(entity_id)[0].wait(WAIT)

    def open(self, entity_id: str, error: Exception | None = None) -> None:
        """Let it end."""
        let_go = self._parts(entity_id)[1]
        if error is None:
            let_go.set_result(Done())
        else:
            let_go.set_exception(error)


class Stage:
    """A worker of two threads before a gate."""

    def __init__(self) -> None:
        self.gate = Gate()
        tasks: Any = self.gate
        claims: Any = None  # not used before ``start``
        self.worker = Worker(tasks, claims, threads=2, listeners=[])
        self.ended: dict[str, Outcome | None] = {}
        self._changed = threading.Condition()
        self.worker.on_outcome = self._note

    def _note(self, _name: str, entity_id: str, outcome: Outcome | None) -> None:
        with self._changed:
            self.ended[entity_id] = outcome
            self._changed.notify_all()

    def submit(self, *entities: str) -> None:
        """Hand over."""
        for entity_id in entities:
            self.worker.submit(NAME, entity_id)

    def wait_until_ended(self, *entities: str) -> None:
        """Return when each has ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: set(entities) <= self.ended.keys(), WAIT)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A worker; whatever it still waits for is let go at the end."""
    found = Stage()
    yield found
    for let_go in found.gate.let_go.values():
        if not let_go.done():
            let_go.set_result(None)
    found.worker._pool.shutdown(wait=True)


def test_an_entity_is_worked_once_at_a_time(stage: Stage) -> None:
    """Handed over again while it is under way: nothing; afterwards: anew."""
    stage.submit("a", "a")
    assert stage.gate.is_in("a")
    stage.submit("a")
    stage.gate.open("a")
    stage.wait_until_ended("a")
    assert stage.gate.calls == ["a"]
    stage.worker._pool.submit(lambda: None).result(WAIT)
    stage.submit("a", "b")
    assert stage.gate.is_in("b")
    stage.gate.open("b")
    stage.wait_until_ended("b")
    assert sorted(stage.gate.calls) == ["a", "a", "b"]


def test_what_is_too_much_is_left_for_a_sweep(stage: Stage) -> None:
    """Two threads take two, and two more wait; the fifth is refused, and is taken when there is room."""
    stage.submit("a", "b", "c", "d", "e")
    for entity_id in "abcd":
        stage.gate.open(entity_id)
    stage.wait_until_ended(*"abcd")
    assert "e" not in stage.gate.calls
    stage.worker.wait_for_room(WAIT)
    stage.submit("e")
    assert stage.gate.is_in("e")


@pytest.mark.parametrize("error", [Overloaded(), RuntimeError("anything")])
def test_an_error_costs_no_thread(stage: Stage, error: Exception) -> None:
    """Whatever a call raises, the worker goes on with the next."""
    for number in range(4):
        stage.gate.open(f"bad-{number}", error)
        stage.submit(f"bad-{number}")
        stage.wait_until_ended(f"bad-{number}")
    stage.gate.open("good")
    stage.submit("good")
    stage.wait_until_ended("good")
    assert stage.ended["good"] == Done()
    assert stage.ended["bad-0"] is None


def test_after_the_end_nothing_is_taken(stage: Stage) -> None:
    """A wake-up that comes while the worker stops is left for others."""
    stage.worker._pool.shutdown(wait=True)
    stage.submit("late")
    assert stage.gate.calls == []


@pytest.mark.parametrize(
    "wake_up",
    [
        WakeUp("no_such_method", {"order_id": "o"}),
        WakeUp("call", {"order_id": "o"}),
        WakeUp(NAME, {}),
        WakeUp(NAME, {"project_id": "p"}),
        WakeUp("", {"": "x"}),
    ],
)
def test_a_wakeup_that_names_nothing_known_is_dropped(stage: Stage, wake_up: WakeUp) -> None:
    """No unknown method, no missing entity comes to the tasks."""
    stage.worker.deliver(wake_up)
    stage.worker._pool.shutdown(wait=True)
    assert stage.gate.calls == []


def test_a_wakeup_is_worked(stage: Stage) -> None:
    """What ``TaskClient`` sends is what a worker understands."""
    client = TaskClient(DirectWaker(stage.worker.deliver))
    client.process_type_order("order", "project", "request")
    assert stage.gate.is_in("order")


def test_client_and_server_have_the_same_methods() -> None:
    """Each wake-up that can be sent has a method that works it, with the entity it is about."""
    sent = {name for name in vars(TaskClient) if not name.startswith("_")}
    assert sent == set(ENTITY_ARGUMENT)
    assert all(callable(getattr(Tasks, name)) for name in sent)


def test_a_null_waker_leaves_all_to_the_sweep() -> None:
    """It takes wake-ups and does nothing with them."""
    waker = NullWaker()
    waker.wake(WakeUp(NAME, {}))
    waker.close()


def test_a_counter_counts_every_thread() -> None:
    """Eight threads, a hundred each."""
    counter = Counter()
    at_once(8, lambda _: [counter.add() for _ in range(100)])
    assert counter.value == 800
