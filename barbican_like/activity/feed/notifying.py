"""Wake-ups of gateways on other machines, by way of PostgreSQL; other databases are polled by those."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from barbican_like.common import log
from barbican_like.common.background import Background
from barbican_like.common.errors import Overloaded
from barbican_like.model.notifications import Channel

CHANNEL: Final = "barbican_feed"
"""The name of the feed's channel."""

_LOG: Final = logging.getLogger(__name__)
_SHORTEST: Final = 0.005  # seconds between two wake-ups of one process
_PAUSE: Final = 1.0  # seconds after a failure
_LOOK_EVERY: Final = 0.5  # seconds until a thread sees that it is to end


class Notifier:
    """Sends wake-ups from a thread of its own, at most one each 5 ms. Its caller never waits.

    :param channel: to be used by the thread alone.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Tell that something was committed."""
        self._wanted.set()
        if self._thread is None:  # made late, since a process may fork before
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="feed-notifier", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._channel.send()
                pause.wait(_SHORTEST)
            except Overloaded as error:  # whom it should wake looks by itself
                log.event(_LOG, "feed.wakeup_failed", logging.DEBUG, reason=error.message)
                pause.wait(_PAUSE)


class Relay(Background):
    """Hands on what comes by a channel, from a thread of its own.

    :param hand_on: called for each wake-up.
    """

    def __init__(self, channel: Channel, hand_on: Callable[[], None]) -> None:
        super().__init__("feed-relay")
        self._channel = channel
        self._hand_on = hand_on

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._channel.receive(_LOOK_EVERY):
                    self._hand_on()
            except Overloaded as error:
                log.event(_LOG, "live.deaf", logging.WARNING, reason=error.message)
                self._stopped.wait(_PAUSE)
        self._channel.close()
