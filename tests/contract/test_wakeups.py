"""The port of wake-ups, over local sockets and over RabbitMQ."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from barbican_like.plugin.kinds import PROCESS_TYPE_ORDER
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.transport import Listener, Waker, WakeUp
from tests.support.brokers import LONGEST_WAIT, Line, SignallingCounter
from tests.support.threads import at_once

ORDER = WakeUp("process_type_order", {"order_id": "o", "project_id": "p", "request_id": "r"})


def order(number: int) -> WakeUp:
    """A wake-up that differs from the others."""
    return WakeUp(ORDER.method, {**ORDER.arguments, "order_id": f"order-{number}"})


@contextmanager
def listening(line: Line, deliver: Callable[[WakeUp], None]) -> Iterator[Listener]:
    """A listener that gets what is sent from here on."""
    listener = line.listener()
    listener.start(deliver)
    line.wait_until_listening(listener)
    try:
        yield listener
    finally:
        listener.stop()


@contextmanager
def sending(line: Line) -> Iterator[Waker]:
    """A waker."""
    waker = line.waker()
    try:
        yield waker
    finally:
        waker.close()


def losses(waker: Any) -> SignallingCounter:
    """What a waker counts as lost."""
    found = waker.lost
    assert isinstance(found, SignallingCounter)
    return found


def test_a_wakeup_arrives_as_it_was_sent(line: Line) -> None:
    """The method's name and every argument."""
    got: queue.Queue[WakeUp] = queue.Queue()
    with listening(line, got.put), sending(line) as waker:
        waker.wake(ORDER)
        assert got.get(timeout=LONGEST_WAIT) == ORDER
    assert losses(waker).value == 0


def test_wakeups_reach_one_of_two_listeners(line: Line) -> None:
    """Whichever of the two gets one, the other does not; none is lost."""
    got: queue.Queue[WakeUp] = queue.Queue()
    with listening(line, got.put), listening(line, got.put), sending(line) as waker:
        for number in range(40):
            waker.wake(order(number))
            assert got.get(timeout=LONGEST_WAIT) == order(number)
    assert got.empty()


def test_of_many_wakeups_the_last_arrives(line: Line) -> None:
    """Sent by several threads as fast as they can: each is sent, or a later one in its place."""
    got: queue.Queue[WakeUp] = queue.Queue()
    with listening(line, got.put), sending(line) as waker:
        at_once(8, lambda number: waker.wake(order(number)))
        waker.wake(order(100))
        arrived = []
        while order(100) not in arrived:
            arrived.append(got.get(timeout=LONGEST_WAIT))
    assert 1 <= len(arrived) <= 9
    assert losses(waker).value == 0


UNREADABLE = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"method": "process_type_order"}',
    b'{"method": null, "arguments": []}',
    b'{"method": "process_type_order", "arguments": "text"}',
    b'{"oslo.version": "2.0"}',
    b'{"oslo.version": "2.0", "oslo.message": "{"}',
    b'{"oslo.version": "2.0", "oslo.message": "{\\"args\\": 5}"}',
    b'{"oslo.version": "9.0", "oslo.message": "{}"}',
)


def test_messages_that_cannot_be_read_are_dropped(line: Line) -> None:
    """They reach nobody and the listener goes on; one that can be read arrives among them."""
    got: queue.Queue[WakeUp] = queue.Queue()
    with listening(line, got.put):
        for message in UNREADABLE:
            line.send_raw(message)
            line.send_raw(line.encode(ORDER.method, dict(ORDER.arguments)))
            assert got.get(timeout=LONGEST_WAIT) == ORDER, message
    assert got.empty()


class RecordingWorker(Worker):
    """A worker without a database that notes what came to it, and whether it woke for it."""

    def __init__(self) -> None:
        tasks = Tasks(None, {PROCESS_TYPE_ORDER: None})  # type: ignore[arg-type, dict-item]  nothing is worked
        super().__init__(tasks, None, lanes={}, listeners=[])  # type: ignore[arg-type]
        self.came: queue.Queue[tuple[str, bool]] = queue.Queue()

    def deliver(self, wake_up: WakeUp) -> None:
        """Note it."""
        self.woken.clear()
        super().deliver(wake_up)
        self.came.put((wake_up.method, self.woken.is_set()))


def test_unknown_methods_wake_nobody(line: Line) -> None:
    """A worker wakes for what is registered by name; the wake-up after them comes through."""
    worker = RecordingWorker()
    with listening(line, worker.deliver), sending(line) as waker:
        for method in ("no_such_method", "work", "__init__", "_process", ""):
            line.send_raw(line.encode(method, dict(ORDER.arguments)))
        waker.wake(ORDER)
        came = dict(worker.came.get(timeout=LONGEST_WAIT) for _ in range(1))
        while ORDER.method not in came:
            came |= [worker.came.get(timeout=LONGEST_WAIT)]
    assert came.pop(ORDER.method)
    assert not any(came.values())


def test_without_a_listener_a_wakeup_returns_at_once_and_is_counted(line: Line) -> None:
    """Nobody waits for a worker that is not there, and the loss can be seen."""
    with sending(line) as waker:
        begun = time.monotonic()
        for number in range(3):
            waker.wake(order(number))
        assert time.monotonic() - begun < 5.0
        assert losses(waker).reaches(1)


def test_a_stopped_listener_gets_nothing_more(line: Line) -> None:
    """``stop`` ends its threads, and a new one in its place is served."""
    got: queue.Queue[WakeUp] = queue.Queue()
    late: queue.Queue[WakeUp] = queue.Queue()
    with sending(line) as waker:
        with listening(line, got.put):
            waker.wake(order(1))
            assert got.get(timeout=LONGEST_WAIT) == order(1)
        with listening(line, late.put):
            waker.wake(order(2))
            assert late.get(timeout=LONGEST_WAIT) == order(2)
    assert got.empty()


def test_starting_and_stopping_leaves_no_thread_behind(line: Line) -> None:
    """After ``stop`` and ``close`` the process has the threads it had, but for the drivers' shared ones."""

    def own() -> set[str]:
        return {t.name for t in threading.enumerate() if t.name in {"wake-up", "rpc-cast", "rpc-subscribe"}}

    got: queue.Queue[WakeUp] = queue.Queue()
    with ExitStack() as stack:
        stack.enter_context(listening(line, got.put))
        stack.enter_context(sending(line)).wake(ORDER)
        assert got.get(timeout=LONGEST_WAIT) == ORDER
    assert own() == set()


def test_a_listener_that_was_never_started_can_be_stopped(line: Line) -> None:
    """A worker that fails early on ends all the same."""
    line.listener().stop()
    with listening(line, lambda _: None):
        pass
