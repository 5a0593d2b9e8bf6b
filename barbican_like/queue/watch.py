"""The watch over what is at work: claims that were lost, cancellations, time limits, progress."""

from __future__ import annotations

import logging
import threading
from typing import Final

from barbican_like.common import log
from barbican_like.queue.claims import Claims
from barbican_like.queue.server import Worker

_LOG = logging.getLogger(__name__)
_INTERVAL: Final = 0.5  # seconds


class Watch:
    """Watches a worker's runs, from a thread of its own: it may wait for rows that results have locked."""

    def __init__(self, worker: Worker, claims: Claims, *, interval: float = _INTERVAL) -> None:
        self._worker = worker
        self._claims = claims
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._stopped.set()
        self._thread.join()

    def look(self) -> None:
        """Look once."""
        self._worker.end_overdue()
        self._claims.compare()
        self._claims.tell_progress()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  boundary: the watch must outlive a lost database
                log.event(_LOG, "watch.failed", logging.WARNING, reason=type(error).__name__)
