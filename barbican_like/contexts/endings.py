"""The ends of services: one has ended when nothing of it is left, in its process group or out of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from barbican_like.contexts import proc, process
from barbican_like.contexts.shortage import RETRY_SECONDS, Shortage
from barbican_like.contexts.supervision import NEVER, Life, Unit

SERVICE_MARK: Final = "BARBICAN_SERVICE"
_LOOK_AGAIN: Final = 0.002  # seconds, after a kill, until a group is looked for again


def mark_of(unit: Unit, life: Life) -> tuple[str, str]:
    """The environment variable by which all processes of a life are known."""
    return SERVICE_MARK, f"{unit.transaction}/{unit.service.id}/{life.number}"


@dataclass(slots=True, eq=False)
class Ending:
    """A life whose leader was reaped while others of it may be left."""

    unit: Unit
    life: Life
    leader: int
    code: int
    strays: set[int] = field(default_factory=set)  # that were killed


class Endings:
    """The lives that are ending, and the strays: what outlives its parent comes to this process.

    :param leaders: gives the processes that this one has started.
    :param shortage: bears it when strays cannot be looked for; nothing has ended until they can.
    """

    def __init__(self, leaders: Callable[[], set[int]], shortage: Shortage) -> None:
        self._leaders = leaders
        self._shortage = shortage
        self._endings: list[Ending] = []
        self._is_blind = False

    def add(self, ending: Ending) -> None:
        """A leader has ended."""
        self._endings.append(ending)

    def next_time(self) -> float:
        """When :meth:`done` is due."""
        if self._is_blind:
            return time.monotonic() + RETRY_SECONDS
        return time.monotonic() + _LOOK_AGAIN if self._endings else NEVER

    def done(self) -> list[Ending]:
        """Those of which nothing is left any more."""
        left = self.sweep() if self._endings or self._is_blind else None
        if left is None:
            return []
        done = [
            ending
            for ending in self._endings
            if not left & ending.strays and not process.group_exists(ending.leader)
        ]
        self._endings = [ending for ending in self._endings if ending not in done]
        return done

    def sweep(self) -> set[int] | None:
        """Reap the strays that have ended, and kill those of lives that are ending.

        :return: the strays that there still are, of whatever life; None when they cannot be looked for.
        """
        self._is_blind = False
        try:
            return self._swept()
        except OSError as error:
            self._shortage.bear(error, "strays are looked for later")
            self._is_blind = True
            return None

    def _swept(self) -> set[int]:
        left = set(process.strays(self._leaders()))
        for ending in self._endings:
            for pid in left - ending.strays:
                if proc.has_mark(pid, mark_of(ending.unit, ending.life)):
                    ending.strays.add(pid)
                    os.kill(pid, signal.SIGKILL)  # a child that was not reaped, so it is this one
        return left

    def kill_strays(self) -> None:
        """Kill whatever is left, of whatever life."""
        try:
            for pid in process.strays(set()):
                with contextlib.suppress(PermissionError):  # another user's by now
                    os.kill(pid, signal.SIGKILL)
        except OSError as error:
            self._shortage.bear(error, "strays are left to the next start")
