"""What a supervisor tells of its services: its log and theirs, the bus, and the outbox."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from barbican_like.contexts.announcements import CONTROL, Announcer
from barbican_like.contexts.keeping import Outbox
from barbican_like.contexts.launch import Launch
from barbican_like.contexts.logs import Log
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import Unit

OWN: Final = ""
"""The transaction of the supervisor's own services, of which only its log tells."""


HOST: Final = ".threads"
"""The id of the service that hosts the thread services of a transaction; no file can name it."""


def is_own(unit: Unit) -> bool:
    """Whether a service is the supervisor's own, and no business of others."""
    return unit.transaction == OWN or unit.service.id == HOST


def printable(text: str) -> str:
    """A text that all files and databases take: half characters, as in odd names of files, are spelled."""
    return text.encode(errors="backslashreplace").decode()


class Told:
    """Everything that leaves the supervisor but orders and acknowledgements.

    :param announce: takes a topic and a message for the bus.
    """

    def __init__(self, launch: Launch, announce: Callable[[str, dict[str, Any]], object]) -> None:
        self._launch = launch
        self._own = Log(Path(launch.log))
        self._logs: dict[str, Log] = {}
        self._outbox = Outbox(Path(launch.outbox))
        self.announcer = Announcer(launch.context, announce)
        self.since: dict[Unit, float] = {}  # wall-clock time of the last transition

    def say(self, *words: object) -> None:
        """One line of the supervisor's own log."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f",{now % 1 * 1000:03.0f}"
        line = printable(" ".join(map(str, words))).rstrip()
        self._own.write(f"{stamp} {os.getpid()} {line}\n".encode())

    def close(self) -> None:
        """Close all files; what is told later opens them again."""
        for log in (self._own, *self._logs.values()):
            log.close()
        self._outbox.close()

    def log_of(self, unit: Unit) -> Log:
        """The log of a service; who writes into it closes it when the service ends."""
        transaction = unit.transaction or "context"
        name = self._launch.log_name.format(transaction=transaction, id=unit.service.id)
        if name not in self._logs:
            self._logs[name] = Log(Path(self._launch.logs) / name)
        return self._logs[name]

    def moved(self, unit: Unit, old: ServiceState, pid: int | None) -> None:
        """A service is in another state."""
        now = self.since[unit] = time.time()
        self.say(unit.service.id, old.value, "->", unit.state.value, unit.reason)
        if is_own(unit):
            return
        has_failed = unit.state in {ServiceState.FAILED, ServiceState.FATAL}
        lines = self.log_of(unit).last_lines() if has_failed else []
        self._outbox.add(
            {
                "time": now,
                "transaction": unit.transaction,
                "service_id": unit.service.id,
                "service_name": unit.service.name,
                "instance": unit.service.instance,
                "old": old.value,
                "new": unit.state.value,
                "wish": unit.wish.value,
                "pid": pid,
                "exit_code": unit.exit_code,
                "restarts": unit.restarts,
                "reason": unit.reason,
                "log": lines,
            }
        )
        if unit.state in CONTROL:
            items = {"reason": unit.reason, "log": lines} if has_failed else {}
            self.announcer.control(unit, CONTROL[unit.state], pid, items)

    def renewed(self, unit: Unit, pid: int | None) -> None:
        """A fresh process of a service has taken over."""
        self.since[unit] = time.time()
        self.say(unit.service.id, "renewed")
        self.announcer.control(unit, "started", pid, {})
