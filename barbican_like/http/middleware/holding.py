"""Who is refused and asks again at once is held for a moment, where that holds up nobody else."""

from __future__ import annotations

import threading

from barbican_like.http.edge import crew


class Holding:
    """Holds callers whose answer is not urgent: a loop of wrong passwords costs as little as it is slow.

    :param most: that are held at once, a thread each; further ones are not.
    """

    def __init__(self, *, seconds: float = 0.25, most: int = 12) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(most)
        self._never = threading.Event()

    def hold(self) -> None:
        """Return after the time; at once on a thread whose place nobody takes."""
        if not self._places.acquire(blocking=False):
            return
        try:
            with crew.waiting() as replaced:
                if replaced:
                    self._never.wait(self._seconds)
        finally:
            self._places.release()
