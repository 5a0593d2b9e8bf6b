"""The watch over what is at work: claims that were lost, cancellations, time limits, progress."""

from __future__ import annotations

from typing import Final

from barbican_like.common.background import Rounds
from barbican_like.queue.claims import Claims
from barbican_like.queue.server import Worker

_INTERVAL: Final = 0.5  # seconds


class Watch(Rounds):
    """Watches a worker's runs, from a thread of its own: it may wait for rows that results have locked."""

    def __init__(self, worker: Worker, claims: Claims, *, interval: float = _INTERVAL) -> None:
        super().__init__("watch", interval)
        self._worker = worker
        self._claims = claims

    def look(self) -> None:
        """Look once."""
        self._worker.end_overdue()
        self._claims.compare()
        self._claims.tell_progress()
