"""One try of an element while it is at work: what bounds it, and how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime

from barbican_like.common import clock
from barbican_like.queue.run import Run
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.models import Element

_UNHEARD = frozenset({ErrorCode.CONNECTION, ErrorCode.TIMEOUT, ErrorCode.WORKER_LOST})
_GRACE = 0.5  # seconds that a call has to come back by itself


class Undertaking:
    """A try.

    :param number: of the attempt.
    :param timeout: seconds that it may take; None: as many as it needs.
    :param bandwidth: B/s at most; None: as many as there are.
    """

    def __init__(
        self, run: Run, element: Element, number: int, *, timeout: float | None, bandwidth: int | None
    ) -> None:
        self.element = element
        self.number = number
        self.started_at: datetime = clock.now()
        self.transferred = 0  # bytes
        self.was_broken_off = False  # so that nobody knows how far it came
        self.is_cut = False  # its connections were ended under it
        self.on_confirm: Callable[[], None] = lambda: None
        self._run = run
        self._begun = time.monotonic()
        self._deadline = math.inf if timeout is None else self._begun + timeout
        self._bandwidth = bandwidth
        self._cancelled_at = math.inf
        self._told = (self._begun, 0)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    @property
    def follows_a_lost_one(self) -> bool:
        """Whether an earlier try may have ended without being able to clean up."""
        return self.number > 1 or self.element.suspect

    @property
    def may_be_done(self) -> bool:
        """Whether an earlier try may have done it all, and nobody has heard of that."""
        error = self.element.error
        return self.element.suspect or (error is not None and error.code in _UNHEARD)

    def cancel(self) -> None:
        """Its user has ended the job: the next checkpoint raises."""
        self._cancelled_at = min(self._cancelled_at, time.monotonic())

    def checkpoint(self) -> None:
        """Do nothing while it may go on.

        :raises TransferFailed: when it was cancelled, or its time is over.
        :raises Interrupted: when the slot's claim was lost, or the worker stops.
        """
        self._run.checkpoint()
        if self._cancelled_at < math.inf:
            raise TransferFailed.cancelled()
        if time.monotonic() >= self._deadline:
            raise TransferFailed.transient(ErrorCode.TIMEOUT, "The time of the attempt is over")

    def confirm(self) -> None:
        """Make sure, before something becomes visible, that the claim was held a moment ago.

        :raises Interrupted: when it is another's by now, as after a pause of this process.
        """
        self.on_confirm()
        self.checkpoint()

    @property
    def hangs(self) -> bool:
        """Whether it should have ended a moment ago, so that what it waits for must be broken off."""
        return time.monotonic() - min(self._cancelled_at, self._deadline) > _GRACE

    def moved(self, number: int) -> float:
        """Count bytes; seconds to wait before more of them."""
        self.transferred += number
        if self._bandwidth is None:
            return 0.0
        return max(0.0, self.transferred / self._bandwidth - self.elapsed)

    def instant(self) -> float:
        """B/s since the last call."""
        now, (then, before) = time.monotonic(), self._told
        self._told = (now, self.transferred)
        return (self.transferred - before) / (now - then) if now > then else 0.0
