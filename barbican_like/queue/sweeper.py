"""The sweep: a worker looks for ready rows when woken and by itself, so that no task needs a message."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from barbican_like.common import log
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.leases import Neighbours
from barbican_like.queue.server import Worker

_LOG = logging.getLogger(__name__)
_LONGEST_PAUSE: Final = 5.0
_PROMOTED: Final = 500  # rows in one transaction
_NEIGHBOURS_EVERY: Final = 0.5  # seconds
_STRANGERS_EVERY: Final = 60.0  # seconds


class Sweeper:
    """Lets a worker claim what is ready, from a thread.

    :param neighbours: the other workers, whose claims are freed when they are dead.
    :param interval: seconds between looks without a wake-up; after a failed look the pause doubles up to 5 s.
    """

    def __init__(
        self, database: Database, worker: Worker, neighbours: Neighbours, *, interval: float
    ) -> None:
        self._database = database
        self._worker = worker
        self._neighbours = neighbours
        self._interval = interval
        self._names = sorted(worker.kinds)
        self._next_neighbours = self._next_strangers = 0.0
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._stopped = True
        self._worker.woken.set()
        self._thread.join()

    def sweep(self) -> int:
        """Look once and let the worker claim; returns how many tasks that were."""
        with Reading(self._database) as view:
            ready, due = view.tasks.look(self._names)
        if due:
            self._promote()
        claimed = sum(self._worker.fill(name) for name in ready)
        self._names.append(self._names.pop(0))  # so that each kind of a lane is the first in its turn
        return claimed

    def _promote(self) -> None:
        with UnitOfWork(self._database) as uow:
            promoted = uow.tasks.promote(_PROMOTED)
            uow.commit()
        if promoted:
            self._worker.woken.set()  # for those, and because there may be more

    def _look_round(self) -> None:
        """What needs no look at each wake-up: workers that died, kinds that nobody here knows."""
        now = time.monotonic()
        if now >= self._next_neighbours:
            self._next_neighbours = now + _NEIGHBOURS_EVERY
            if self._neighbours.look():
                self._worker.woken.set()
        if now >= self._next_strangers:
            self._next_strangers = now + _STRANGERS_EVERY
            self._tell_strangers()

    def _tell_strangers(self) -> None:
        with Reading(self._database) as view:
            strangers = set(view.tasks.names()) - self._worker.known
        if strangers:
            log.event(_LOG, "tasks.of_unknown_kinds", logging.WARNING, names=",".join(sorted(strangers)))

    def _run(self) -> None:
        interval = min(self._interval, _NEIGHBOURS_EVERY)
        pause = interval
        while not self._stopped:
            self._worker.woken.wait(pause)
            self._worker.woken.clear()
            try:
                self._look_round()
                self.sweep()
                pause = interval
            except Exception as error:  # noqa: BLE001  boundary: the sweep must outlive a lost database
                pause = min(max(pause, 0.1) * 2, _LONGEST_PAUSE)
                log.event(_LOG, "sweep.failed", logging.WARNING, reason=type(error).__name__, pause=pause)
