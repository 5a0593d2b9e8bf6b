"""A thread that brings what is committed into the tail: at each wake-up, and by itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.notifying import CHANNEL, Relay
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.feed.waking import FeedListener
from barbican_like.activity.live.pace import Pace
from barbican_like.activity.live.tail import Row
from barbican_like.activity.models import Change
from barbican_like.activity.repository.commits import Commits
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common import log
from barbican_like.model.database import Database
from barbican_like.model.notifications import channel_of
from barbican_like.model.unit_of_work import Reading

_LOG = logging.getLogger(__name__)
_PAUSE: Final = 1.0  # seconds after a look that failed
_AT_ONCE: Final = 500

Hand = Callable[[Callable[[], None]], object]
"""Has something done on the event loop."""


class Pump:
    """Reads each row once.

    :param hand: has a call made where the tail is.
    :param add: the tail's.
    :param begin: the tail's.
    """

    def __init__(
        self,
        database: Database,
        envelopes: Envelopes,
        listener: FeedListener,
        *,
        hand: Hand,
        add: Callable[[Sequence[Row]], None],
        begin: Callable[[int], None],
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._listener = listener
        self._hand, self._add, self._begin = hand, add, begin
        self._place = self._head()
        self._pace = Pace(database.dialect)
        self._commits = Commits(database)
        channel = channel_of(database.url, CHANNEL)
        self._relay = None if channel is None else Relay(channel, listener.interrupt)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="feed-pump", daemon=True)

    def start(self) -> None:
        """Begin at the present end of the feed."""
        place = self._place
        self._hand(lambda: self._begin(place))
        self._thread.start()
        if self._relay is not None:
            self._relay.start()

    def stop(self) -> None:
        """End and wait for the thread."""
        self._stopped = True
        self._listener.interrupt()
        self._thread.join()
        if self._relay is not None:
            self._relay.stop()
        self._commits.close()

    def _run(self) -> None:
        pause = self._pace.seconds(time.monotonic())
        while not self._stopped:
            try:
                woken = self._listener.wait(pause)
                found = self._look(woken=woken)
            except Exception as error:  # noqa: BLE001  boundary: the pump must outlive a lost database
                pause = _PAUSE
                log.event(_LOG, "live.look_failed", logging.WARNING, reason=type(error).__name__)
                continue
            now = time.monotonic()
            self._pace.looked(now, woken=woken, found=found)
            pause = self._pace.seconds(now)

    def _look(self, *, woken: bool) -> bool:
        """Bring what there is; whether there was something."""
        if not (self._commits.have_come() or woken):
            return False
        number_committed(self._database)
        if not woken and self._head() < self._place:  # a backup was restored
            place = self._place = self._head()
            self._hand(lambda: self._begin(place))
        found = False
        while rows := self._page():
            found, self._place = True, rows[-1].seq
            made = [Row(row, self._envelopes) for row in rows]
            self._hand(lambda made=made: self._add(made))  # type: ignore[misc]
            if len(rows) < _AT_ONCE:
                break
        return found

    def _page(self) -> Sequence[Change]:
        with Reading(self._database) as view:
            return view.of(FeedRepo).page(self._place, _AT_ONCE)

    def _head(self) -> int:
        with Reading(self._database) as view:
            return view.of(FeedRepo).head().last
