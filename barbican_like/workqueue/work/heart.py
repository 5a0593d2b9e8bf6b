"""The heartbeat of a slot: each second it writes how far an element is, and hears of a cancellation."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from barbican_like.common import log
from barbican_like.common.errors import ClaimLost, Interrupted
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.run import Run
from barbican_like.workqueue import telling
from barbican_like.workqueue.models import Slot
from barbican_like.workqueue.repository.turns import Progress, TurnRepo
from barbican_like.workqueue.states import ElementStatus
from barbican_like.workqueue.work.cancelling import cancel_some
from barbican_like.workqueue.work.tools import Tools
from barbican_like.workqueue.work.undertaking import Undertaking

_LOG = logging.getLogger(__name__)
_INTERVAL: Final = 1.0  # seconds
_TRUSTED: Final = 3.0  # seconds for which a claim counts as held; far less than any term
_GRACE: Final = 1.0  # seconds that a call has to come back by itself


class Heart:
    """Beats from a thread of its own while its slot is at work.

    :param break_off: ends the connections, so that a call that hangs comes back.
    """

    def __init__(self, tools: Tools, run: Run, slot: Slot, break_off: Callable[[], None]) -> None:
        self.lock = threading.Lock()  # held by whoever writes for this slot
        self._tools = tools
        self._run = run
        self._slot = slot
        self._break_off = break_off
        self._current: Undertaking | None = None
        self._ended = threading.Event()
        self._interrupted_at: float | None = None
        self._confirmed_at = time.monotonic()
        self._thread = threading.Thread(target=self._beat_on, name=f"heart-{slot.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def watching(self, undertaking: Undertaking) -> Iterator[None]:
        """While a try is at work."""
        undertaking.on_confirm = self._confirm
        self._current = undertaking
        try:
            yield
        finally:
            with self.lock:
                self._current = None

    def beat(self) -> None:
        """Write once."""
        with self.lock:
            undertaking = self._current
            if undertaking is not None:
                self._write(undertaking)
            cancel_some(self._tools.database, self._slot)
            # With the lock held it cannot end meanwhile, so that it is not the next one's calls that break.
            if undertaking is not None and (undertaking.hangs or self._is_overdue()):
                undertaking.is_cut = True
                self._break_off()

    def _confirm(self) -> None:
        """Ask for the claim, unless it was seen to be held a moment ago."""
        if time.monotonic() - self._confirmed_at < _TRUSTED:
            return
        with self.lock, UnitOfWork(self._tools.database) as uow:
            if not uow.tasks.hold(self._run.task):
                self._run.interrupt(ClaimLost)
            self._confirmed_at = time.monotonic()

    def _write(self, undertaking: Undertaking) -> None:
        element = undertaking.element
        with UnitOfWork(self._tools.database) as uow:
            if not uow.tasks.hold(self._run.task):
                self._run.interrupt(ClaimLost)
                return
            self._confirmed_at = time.monotonic()
            turns = uow.of(TurnRepo)
            if turns.is_cancelled(element.job_id):
                undertaking.cancel()
            if element.status is not ElementStatus.RUNNING:
                job = turns.lock(element.job_id)
                if job is None:
                    return
                turns.begin(job, self._slot.id, element.id)
            progress = Progress(
                element=element,
                attempts=undertaking.number,
                transferred=undertaking.transferred,
                elapsed=undertaking.elapsed,
                instant=undertaking.instant(),
            )
            turns.beat(self._slot.id, progress)
            telling.of_moves(uow)
            uow.commit()
        undertaking.element = replace(element, status=ElementStatus.RUNNING, attempts=undertaking.number)

    def _is_overdue(self) -> bool:
        """Whether the work should have ended a moment ago since the worker stops or the claim is lost."""
        try:
            self._run.checkpoint()
        except Interrupted:
            now = time.monotonic()
            self._interrupted_at = self._interrupted_at or now
            return now - self._interrupted_at > _GRACE
        return False

    def _beat_on(self) -> None:
        while not self._ended.wait(_INTERVAL):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001  boundary: the heart must outlive a lost database
                log.event(_LOG, "transfer.beat_failed", logging.WARNING, reason=type(error).__name__)
