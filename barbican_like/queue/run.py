"""One try of a claimed task, as the code that does the work sees it."""

from __future__ import annotations

import math
import time

from barbican_like.common.errors import Interrupted, TimeLimitReached
from barbican_like.model.models import Task
from barbican_like.queue.kinds import TaskKind


class Run:
    """A claim at work.

    :param task: what is worked, as it was claimed.
    """

    __slots__ = ("_interruption", "_untold", "claimed", "deadline", "is_unrecorded", "kind", "task")

    def __init__(self, task: Task, kind: TaskKind) -> None:
        self.task = task
        self.kind = kind
        self.claimed = False  # whether the claim is committed
        self.is_unrecorded = False  # whether not even the failure of this try could be written
        self.deadline = math.inf  # of the monotonic clock, once the work has begun
        self._interruption: type[Interrupted] | None = None
        self._untold: str | None = None

    def begin(self) -> None:
        """The work or the writing of its result begins, and with it the time limit."""
        self.deadline = time.monotonic() + self.kind.time_limit

    def pause(self) -> None:
        """The work is done; it may wait for others before its result is written."""
        self.deadline = math.inf

    def checkpoint(self) -> None:
        """Do nothing while the work may go on. Long work calls this at least once a second.

        :raises Interrupted: when the claim was lost, an operator cancels the task, the worker stops or the
            time limit is reached.
        """
        if self._interruption is None and time.monotonic() >= self.deadline:
            self._interruption = TimeLimitReached
        if self._interruption is not None:
            raise self._interruption

    def progress(self, text: str) -> None:
        """Say how far it is, for operators: the row shows it within a second. No secrets, 255 characters.

        :raises Interrupted: as :meth:`checkpoint` does.
        """
        self._untold = text
        self.checkpoint()

    def interrupt(self, cause: type[Interrupted]) -> None:
        """Let the next checkpoint raise ``cause``; the first cause counts."""
        if self._interruption is None:
            self._interruption = cause

    def take_progress(self) -> str | None:
        """What was told since the last call."""
        text, self._untold = self._untold, None
        return text
