"""The worker's side of the task fabric: wake-ups and sweeps become tries of tasks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from barbican_like.common import log
from barbican_like.common.errors import ServerError
from barbican_like.model.models import Task
from barbican_like.queue.claims import Claims
from barbican_like.queue.transport import Listener, WakeUp
from barbican_like.tasks.base import BaseTask
from barbican_like.tasks.outcome import Outcome

_LOG = logging.getLogger(__name__)

ENTITY_ARGUMENT: Final[Mapping[str, str]] = {
    "process_type_order": "order_id",
    "process_project_deletion": "row_id",
}
"""For each method of Tasks the argument that names its entity. No other method can be called."""


class Tasks:
    """Does tasks; the methods are named as those of ``TaskClient``.

    :param claims: this process's claims.
    :param order_task: works orders.
    :param project_task: removes deleted projects.
    """

    def __init__(
        self, claims: Claims, *, order_task: BaseTask[Any, Any], project_task: BaseTask[Any, Any]
    ) -> None:
        self._claims = claims
        self._tasks: Mapping[str, BaseTask[Any, Any]] = {
            "process_type_order": order_task,
            "process_project_deletion": project_task,
        }

    def process_type_order(self, order_id: str) -> Outcome | None:
        """Work an order; None when it is done, claimed by another, or not due."""
        return self._process("process_type_order", order_id)

    def process_project_deletion(self, row_id: str) -> Outcome | None:
        """Remove a deleted project; None when it is done, claimed by another, or not due."""
        return self._process("process_project_deletion", row_id)

    def call(self, method: str, entity_id: str) -> Outcome | None:
        """Work the open task of that name; an unknown name is logged and left."""
        if method not in self._tasks:
            log.event(_LOG, "task.unknown", logging.ERROR, name=method, entity=entity_id)
            return None
        outcome: Outcome | None = getattr(self, method)(entity_id)
        return outcome

    def _process(self, name: str, entity_id: str) -> Outcome | None:
        task: Task | None = self._claims.take(name, entity_id)
        return None if task is None else self._tasks[name].process_and_suppress_exceptions(task)


class Worker:
    """Runs tasks on a bounded set of threads, each entity at most once at a time.

    :param threads: tasks worked on at once.
    :param listeners: where wake-ups come from.
    """

    def __init__(self, tasks: Tasks, claims: Claims, *, threads: int, listeners: Sequence[Listener]) -> None:
        self._tasks = tasks
        self._claims = claims
        self._threads = threads
        self.most = (
            2 * threads
        )  # as many again wait in the pool: a thread that ends a task has the next at once
        self._listeners = listeners
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="task")
        self._under_way: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._refused = False
        self._room = threading.Event()
        self.on_outcome: Callable[[str, str, Outcome | None], None] = _ignore

    def start(self) -> None:
        """Claim renewals first, then wake-ups."""
        self._claims.start()
        for listener in self._listeners:
            listener.start(self.deliver)

    def stop(self) -> None:
        """Take nothing new, finish what is under way."""
        for listener in self._listeners:
            listener.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._claims.stop()

    def deliver(self, wake_up: WakeUp) -> None:
        """Take a wake-up; one that names no known method or entity is logged and dropped."""
        argument = ENTITY_ARGUMENT.get(wake_up.method)
        entity_id = None if argument is None else wake_up.arguments.get(argument)
        if entity_id is None:
            log.event(_LOG, "wakeup.unknown", logging.WARNING, method=wake_up.method)
            return
        self.submit(wake_up.method, entity_id)

    def wait_for_room(self, timeout: float) -> None:
        """Wait until a refused task could be taken, ``timeout`` seconds at most."""
        if self._room.wait(timeout):
            self._room.clear()

    def submit(self, name: str, entity_id: str) -> None:
        """Run a task soon, unless it is under way here or too much is; a sweep finds it then."""
        key = (name, entity_id)
        with self._lock:
            if key in self._under_way:
                return
            if len(self._under_way) >= self.most:
                self._refused = True
                return
            self._under_way.add(key)
        try:
            self._pool.submit(self._run, key)
        except RuntimeError:  # stopping
            self._done(key)

    def _run(self, key: tuple[str, str]) -> None:
        outcome: Outcome | None = None
        try:
            outcome = self._tasks.call(*key)
        except ServerError as error:
            log.event(_LOG, "task.not_claimed", logging.WARNING, name=key[0], reason=type(error).__name__)
        except Exception:  # noqa: BLE001  boundary: a thread of the pool must live, and the row is still there
            _LOG.exception("task.crashed name=%s entity=%s", *key)
        finally:
            self._done(key)
            self.on_outcome(*key, outcome)

    def _done(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._under_way.discard(key)
            if self._refused and len(self._under_way) <= self._threads:
                self._refused = False
                self._room.set()


def _ignore(_name: str, _entity_id: str, _outcome: Outcome | None) -> None:
    """The listener of nobody."""
