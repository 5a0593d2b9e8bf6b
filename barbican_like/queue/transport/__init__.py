"""How a wake-up gets from the process that committed a task to one that works on tasks.

A wake-up says that a task row exists. It may be lost, doubled or late without harm: the row is the
truth, and every worker sweeps for rows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A call of one method of ``Tasks``."""

    method: str  # such as process_type_order
    arguments: Mapping[str, str]  # ids only


class Waker(Protocol):
    """Sends wake-ups. ``wake`` never raises and never waits on a peer."""

    def wake(self, wake_up: WakeUp) -> None:
        """Send, or log and count that it could not be sent."""

    def close(self) -> None:
        """Free sockets and threads."""


class Listener(Protocol):
    """Receives wake-ups, from ``start`` until ``stop``, on threads of its own."""

    def start(self, deliver: Callable[[WakeUp], None]) -> None:
        """Begin to receive."""

    def stop(self) -> None:
        """Stop receiving and wait for the threads to end."""


class Counter:
    """A number that threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value = 0

    def add(self) -> None:
        """One more."""
        with self._lock:
            self._value += 1

    @property
    def value(self) -> int:
        """The present count."""
        return self._value


class NullWaker:
    """Sends nothing: the sweep alone finds the tasks."""

    def wake(self, wake_up: WakeUp) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class DirectWaker:
    """Hands wake-ups to a callable of the same process, as standalone mode does."""

    def __init__(self, deliver: Callable[[WakeUp], None]) -> None:
        self._deliver = deliver

    def wake(self, wake_up: WakeUp) -> None:
        """Call it."""
        self._deliver(wake_up)

    def close(self) -> None:
        """Do nothing."""
