"""A server that does not answer: packets are dropped, a proxy forwards nothing, a machine is frozen.

A server that is gone refuses at once, and costs nobody time. A silent one holds whoever asks it until a
bound runs out, and those who wait for that one's thread or connection as well. So once somebody has found it
silent, a thread asks it again and again, and all others are refused at once until it answers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from barbican_like.common import log
from barbican_like.common.errors import Overloaded

_LOG = logging.getLogger(__name__)
_PAUSE: Final = 0.25  # seconds between two questions


class Silence:
    """Whether the server is known to be silent.

    :param ask: asks it something over a new connection; raises SQLAlchemyError while there is no answer.
    """

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._lasts = False
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def require_none(self) -> None:
        """Do nothing unless the server is silent.

        :raises Overloaded: when it is.
        """
        if self._lasts:
            raise Overloaded("database: it does not answer")

    def begin(self) -> None:
        """The server has not answered in time."""
        with self._lock:
            if self._lasts or self._closed.is_set():
                return
            self._lasts = True
        log.event(_LOG, "database.silent", logging.WARNING)
        threading.Thread(target=self._ask_until_answered, name="silence", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def _ask_until_answered(self) -> None:
        try:
            while not self._closed.wait(_PAUSE):
                try:
                    self._ask()
                except SQLAlchemyError:
                    continue
                log.event(_LOG, "database.answers")
                return
        finally:  # whatever has ended this thread: then each asks for itself again
            self._lasts = False
