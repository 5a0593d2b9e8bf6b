"""The end of the feed in memory: each row is read once and encoded once, whoever waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

import orjson

from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.models import Change

KEPT: Final = 10_000  # rows

_SOMETHING: Final = "something"
_NOTHING: Final = "nothing"


class Row:
    """A change with its encoded forms, which are made when the first reader wants them."""

    __slots__ = ("_envelope", "_envelopes", "_message", "change")

    def __init__(self, change: Change, envelopes: Envelopes) -> None:
        self.change = change
        self._envelopes = envelopes
        self._envelope: bytes | None = None
        self._message: str | None = None

    @property
    def envelope(self) -> bytes:
        """The whole item."""
        if self._envelope is None:
            self._envelope = self._envelopes.encoded(self.change)
        return self._envelope

    @property
    def message(self) -> str:
        """What a websocket's watch is told."""
        if self._message is None:
            self._message = self.message_for(self.change.name)
        return self._message

    def message_for(self, name: str) -> str:
        """What a watch of another name is told."""
        change = self.change
        return message_of(name, change.op, change.seq, self._envelopes.data_of(change))


def message_of(name: str, event: str, seq: int, data: bytes) -> str:
    """What a websocket's watch is told of an event.

    :param name: of the objects that are watched.
    :param data: JSON.
    """
    told = {"command": "watch", "object": name, "event": event, "seq": seq, "data": orjson.Fragment(data)}
    return orjson.dumps(told).decode()


class Tail:
    """The newest rows, for readers on one event loop."""

    def __init__(self) -> None:
        self.last = 0  # the number of the newest row
        self._rows: deque[Row] = deque(maxlen=KEPT)
        self._waiting: set[asyncio.Future[str]] = set()

    def begin(self, last: int) -> None:
        """Keep what comes behind a place, and nothing else."""
        self._rows.clear()
        self.last = last
        self._tell()

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows. Where some are missing before them, what is in memory begins anew: readers get those
        from the database, and nobody skips one.
        """
        if rows[0].change.seq != self.last + 1:
            self._rows.clear()
        self._rows.extend(rows)
        self.last = rows[-1].change.seq
        self._tell()

    def after(self, place: int, most: int) -> list[Row] | None:
        """Some rows behind a place; None where they are not in memory."""
        if place >= self.last:
            return []
        first = self.last - len(self._rows) + 1
        if place + 1 < first:
            return None
        start = place + 1 - first
        return list(islice(self._rows, start, start + most))

    async def wait(self, place: int, seconds: float) -> bool:
        """Wait until there is something behind a place, or for so long; whether there is."""
        if place < self.last:
            return True
        # In place of an asyncio.Event and a timeout: thousands wait, and this takes half the memory.
        loop = asyncio.get_running_loop()
        told: asyncio.Future[str] = loop.create_future()
        end = loop.call_later(seconds, _answer, told, _NOTHING)
        self._waiting.add(told)
        try:
            return await told == _SOMETHING
        finally:
            end.cancel()
            self._waiting.discard(told)

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for told in waiting:
            _answer(told, _SOMETHING)


def _answer(told: asyncio.Future[str], answer: str) -> None:
    if not told.done():
        told.set_result(answer)
