"""The sweep: every worker looks for due rows, so that no task depends on a message."""

from __future__ import annotations

import logging
import threading

from barbican_like.common import log
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading
from barbican_like.queue.server import Worker

_LOG = logging.getLogger(__name__)
_LONGEST_PAUSE = 5.0


class Sweeper:
    """Hands due tasks to a worker, from a thread.

    :param interval: seconds between looks; after a failed look the pause doubles up to 5 s.
    """

    def __init__(self, database: Database, worker: Worker, *, interval: float) -> None:
        self._database = database
        self._worker = worker
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._stopped.set()
        self._thread.join()

    def sweep(self) -> int:
        """Look once and hand over what is due; returns how much that was.

        One more than the worker takes is asked for, so that it knows when there is more.
        """
        with Reading(self._database) as view:
            due = view.tasks.list_due(self._worker.most + 1)
        for name, entity_id in due:
            self._worker.submit(name, entity_id)
        return len(due)

    def _run(self) -> None:
        pause = self._interval
        while not self._stopped.is_set():
            self._worker.wait_for_room(pause)
            try:
                self.sweep()
                pause = self._interval
            except Exception as error:  # noqa: BLE001  boundary: the sweep must outlive a lost database
                pause = min(max(pause, 0.1) * 2, _LONGEST_PAUSE)
                log.event(_LOG, "sweep.failed", logging.WARNING, reason=type(error).__name__, pause=pause)
