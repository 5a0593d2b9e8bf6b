"""Threads that run until they are stopped."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

from barbican_like.common import log

_LOG = logging.getLogger(__name__)


class Background(ABC):
    """Something that is done by a thread of its own.

    :param name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._stopped.set()
        self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Work until ``_stopped`` is set."""


class Rounds(Background):
    """Looks again and again. A look that fails is logged, and the next comes at its time.

    :param name: of the thread, and of what failed in the log.
    :param every: seconds between the end of a look and the next.
    """

    def __init__(self, name: str, every: float) -> None:
        super().__init__(name)
        self._every = every

    @abstractmethod
    def look(self) -> object:
        """Look once."""

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  boundary: it must outlive a lost database
                log.event(_LOG, f"{self._name}.failed", logging.WARNING, reason=type(error).__name__)
