"""Task services as their authors write them: a task, and the service that manages it.

The management side is a :class:`TaskService` that names the class of its task; the task derives from
:class:`LoopedTask` or :class:`SingleTask`::

    class ServiceEcho(TaskService):
        task_class = Echo

    class Echo(LoopedTask):
        period = 10.0

        def execute(self) -> None:
            self.log.info("ten seconds have passed")
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, Protocol, TypeVar

from barbican_like.contexts.definition import TaskService as Definition

_SLICE: Final = 1.0
_BEATS: Final = 3
"""How often a service that waits says that it lives, within the time after which it would be killed."""


class Stopping(threading.Event):
    """Set when a service has to end.

    Python runs a signal's handler in the main thread, which may miss a signal that comes just before it
    begins to wait; so none of its waits is longer than a second.
    """

    def wait(self, timeout: float | None = None) -> bool:
        """Return True as soon as it is set, False when the time (seconds; None: for ever) is over."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (left := end - time.monotonic()) > 0:
            super().wait(min(left, _SLICE))
        return self.is_set()


class Surroundings(Protocol):
    """What a service reaches the rest of the world through."""

    def say(self, word: str, **fields: object) -> bool:
        """Tell the supervisor something; whether it is still there."""

    def publish(self, topic: str, content: Mapping[str, Any]) -> None:
        """Send a message over the bus."""

    def secret(self, reference: str) -> bytes:
        """Fetch a secret from the key manager."""


class Task:
    """What a task service does. Derive from :class:`LoopedTask` or :class:`SingleTask`.

    ``self.configuration`` is what the context file says, ``self.log`` goes to the service's log,
    ``self.stopping`` is set when the service has to end.
    """

    ready_by_hand: ClassVar[bool] = False
    """Whether the task says itself when it is ready; else it is when :meth:`setup` returns."""
    topics: ClassVar[Sequence[str]] = ()
    """Topics whose messages :meth:`on_message` is given."""

    def __init__(self, service: TaskService, **configuration: str) -> None:
        self.service = service
        self.configuration: Mapping[str, str] = MappingProxyType(configuration)
        self.log = service.log
        self.stopping = service.stopping

    def setup(self) -> None:
        """Prepare."""

    def execute(self) -> None:
        """One turn, or the whole work. An exception is a failure of the service."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back what was taken. Called once at each end but SIGKILL."""

    def on_message(self, topic: str, message: Mapping[str, Any]) -> None:
        """A message on one of :attr:`topics`; called on a thread of its own, one at a time."""

    def ready(self) -> None:
        """Say that the service can do its work."""
        self.service.surroundings.say("ready")

    def notify(self, what: str, **items: object) -> None:
        """Say ``updated``, with items for ``content.status`` of the message: fires the trigger on_update.

        :raises ValueError: for another word.
        """
        if what != "updated":
            raise ValueError(f"a service says updated, not {what!r}")
        self.service.surroundings.say("updated", items=items)

    def beat(self) -> None:
        """Say that the service lives: with ``watchdog_seconds``, silence for so long is death."""
        self.service.surroundings.say("beat")

    def publish(self, topic: str, content: Mapping[str, Any]) -> None:
        """Send a message over the bus. Whoever is not there does not get it.

        :raises Unsendable: for a topic of the context, or content that is too large or no JSON.
        """
        self.service.surroundings.publish(topic, content)

    def secret(self, name: str) -> bytes:
        """The secret that ``secret.NAME`` in the configuration refers to, fetched now.

        Keep it for as long as it is needed and no longer; it is nowhere in the environment or a log.

        :raises KeyError: when the configuration names none.
        :raises SecretUnavailable: when the key manager does not give it.
        """
        return self.service.surroundings.secret(self.configuration[f"secret.{name}"])

    def work(self) -> None:
        """All of it, from ready to the end."""
        raise NotImplementedError


class LoopedTask(Task):
    """Its :meth:`execute` is called again and again until the service is stopped."""

    period: ClassVar[float] = 1.0
    """Seconds between the end of a turn and the next."""

    def work(self) -> None:
        """Turns, with pauses in which it says that it lives."""
        while not self.stopping.is_set():
            self.beat()
            self.execute()
            self._pause()

    def _pause(self) -> None:
        end = time.monotonic() + self.period
        patience = self.service.definition.watchdog_seconds
        while (left := end - time.monotonic()) > 0:
            if self.stopping.wait(min(left, patience / _BEATS) if patience else left):
                return
            self.beat()


class SingleTask(Task):
    """Its :meth:`execute` is called once; the service ends with it."""

    def work(self) -> None:
        """Once, unless it was stopped before."""
        if not self.stopping.is_set():
            self.execute()


class TaskService:
    """The management side of a task: derive from it, and name the task's class."""

    task_class: ClassVar[type[Task]]

    def __init__(self, definition: Definition, surroundings: Surroundings) -> None:
        self.definition = definition
        self.surroundings = surroundings
        self.log = logging.getLogger(definition.id)
        self.stopping = Stopping()
        self.task: Task | None = None
        self.is_prepared = threading.Event()  # from then on messages may come

    def run(self) -> None:
        """From the constructor of the task to its close; what the task raises comes out of here."""
        self.task = task = self.task_class(self, **self.definition.configuration)
        try:
            task.setup()
            self.is_prepared.set()
            if not task.ready_by_hand:
                task.ready()
            task.work()
        finally:
            task.close()


_T = TypeVar("_T", bound=Task)


class Bench:
    """Surroundings for a test: what a task says is kept, secrets are given by reference."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.published: list[tuple[str, Mapping[str, Any]]] = []
        self._secrets = secrets

    def say(self, word: str, **fields: object) -> bool:
        """Keep it."""
        self.said.append((word, fields))
        return True

    def publish(self, topic: str, content: Mapping[str, Any]) -> None:
        """Keep it."""
        self.published.append((topic, content))

    def secret(self, reference: str) -> bytes:
        """The one that the test has given."""
        return self._secrets[reference]


def run_once(cls: type[_T], **configuration: str) -> _T:
    """Prepare a task, call it once, and close it, in a test.

    :param configuration: as in the context file. What a test gives for ``secret.NAME`` is the secret itself.
    :return: the task. ``task.service.surroundings`` is a :class:`Bench` that has what it said and published.
    """
    definition = Definition(id="test", instance=cls.__name__, name="test", configuration=configuration)
    service = TaskService(definition, Bench({text: text.encode() for text in configuration.values()}))
    task = cls(service, **configuration)
    try:
        task.setup()
        if not task.ready_by_hand:
            task.ready()
        task.execute()
    finally:
        task.close()
    return task
