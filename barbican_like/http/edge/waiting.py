"""Where requests wait that have a wish, without a thread: on the loop, with one look for all of a kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from barbican_like.common.errors import Overloaded
from barbican_like.http.edge.crew import Crew
from barbican_like.http.wish import Look, Wish

_POLL: Final = 0.005  # seconds


@dataclass(frozen=True, slots=True)
class _Waiting:
    wish: Wish
    until: float  # by the loop's clock
    then: Callable[[], None]


class Waiting:
    """Requests that wait.

    :param crew: its threads look.
    :param most: that wait at once; more are not let wait.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, crew: Crew, *, most: int) -> None:
        self._loop = loop
        self._crew = crew
        self._most = most
        self._waiting: list[_Waiting] = []
        self._looking: set[Look] = set()
        self._polls = False

    def add(self, wish: Wish, then: Callable[[], None]) -> None:
        """Call ``then`` on the loop when the wish is fulfilled, or its time is over; called on the loop."""
        if len(self._waiting) >= self._most:
            then()
            return
        self._waiting.append(_Waiting(wish, self._loop.time() + wish.seconds, then))
        if not self._polls:
            self._polls = True
            self._loop.call_later(_POLL, self._poll)

    def _poll(self) -> None:
        now = self._loop.time()
        self._release(lambda each: each.until <= now)
        wanted: dict[Look, list[str]] = {}
        for each in self._waiting:
            wanted.setdefault(each.wish.look, []).append(each.wish.key)
        for look, keys in wanted.items():
            if look not in self._looking:
                with suppress(Overloaded):  # the next poll comes soon
                    self._crew.work(partial(self._look, look, keys))
                    self._looking.add(look)
        self._polls = bool(self._waiting)
        if self._polls:
            self._loop.call_later(_POLL, self._poll)

    def _look(self, look: Look, keys: Collection[str]) -> None:
        """On a thread of the crew."""
        try:
            found = frozenset(look(keys))
        except Exception:  # noqa: BLE001  boundary: all are asked for once more, and that shows what is wrong
            found = frozenset(keys)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._looked, look, found)

    def _looked(self, look: Look, found: Collection[str]) -> None:
        self._looking.discard(look)
        self._release(lambda each: each.wish.look == look and each.wish.key in found)

    def _release(self, is_due: Callable[[_Waiting], bool]) -> None:
        due: list[_Waiting] = []
        kept: list[_Waiting] = []
        for each in self._waiting:
            (due if is_due(each) else kept).append(each)
        self._waiting = kept
        for each in due:
            each.then()
