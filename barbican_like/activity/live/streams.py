"""The feed over HTTP for those who wait: longpoll and eventsource."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

import orjson
from aiohttp import web

from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.feed.initial import Start
from barbican_like.activity.http import answers, queries
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.queries import Queries, Wish
from barbican_like.activity.live.hub import Hub
from barbican_like.activity.live.tail import Row
from barbican_like.common import log
from barbican_like.common.errors import Gone, UnusableParameter
from barbican_like.http import query as queries_of

_LOG = logging.getLogger(__name__)
_LONGEST_WRITE: Final = 30.0  # seconds that a reader may take nothing
_BEGIN: Final = b"retry: 2000\n\n"


def wish_of(known: Queries, query: str, last_event_id: str | None) -> Wish:
    """What a request wants; a browser that comes again repeats its first address, and says how far it was.

    :raises UnusableParameter: see :func:`barbican_like.activity.http.queries.Queries.parse`.
    """
    params = dict(queries_of.parse(query))
    if last_event_id is not None and params.get("feed") == queries.EVENTSOURCE:
        params.pop("include_initial", None)
        params["since"] = last_event_id
        try:
            return known.parse(params)
        except UnusableParameter as error:
            if error.field == "since":
                raise UnusableParameter("Last-Event-ID", "it is none that this server gives") from None
            raise
    return known.parse(params)


async def poll(hub: Hub, wish: Wish, judge: Judge) -> bytes:
    """The body of an answer; of a longpoll as soon as there is something, or after the timeout."""
    answer = await hub.at_once(wish, judge)
    deadline = time.monotonic() + wish.timeout
    if wish.form == queries.LONGPOLL and not wish.include_initial:
        keep = answers.keeps(wish.wanted, judge)
        while not answer["result"]:
            place, left = answer["last_seq"], deadline - time.monotonic()
            if left <= 0 or not await hub.tail.wait(place, left):
                break
            rows = await hub.rows_after(place)
            found = [row for row in rows if keep(row.change)][: wish.limit]
            if rows:
                place = (found if len(found) == wish.limit else rows)[-1].change.seq
            answer = {"result": [orjson.Fragment(row.envelope) for row in found], "last_seq": place}
    return orjson.dumps(answer)


class EventSource:
    """One reader's stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

    def __init__(self, hub: Hub, wish: Wish, judge: Judge) -> None:
        self._hub, self._wish, self._judge = hub, wish, judge
        self._place = 0
        self._response = web.StreamResponse()

    async def serve(self, request: web.Request, headers: Mapping[str, str]) -> web.StreamResponse:
        """Send until the reader goes, or falls behind what is kept.

        :raises Gone: before anything is sent, when the place is not kept.
        """
        wish, start = self._wish, None
        if wish.include_initial:
            start = await self._hub.start(wish.wanted, self._judge, wish.names)
            self._place = start.last_seq
        else:
            self._place = await self._hub.place(wish.since, from_now=wish.from_now)
        fixed = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        self._response.headers.update({**headers, **fixed})
        await self._response.prepare(request)
        try:
            await self._write(_BEGIN)
            if start is not None:
                await self._begin(start)
            await self._follow(answers.keeps(wish.wanted, self._judge))
        except (Gone, ConnectionError, TimeoutError):
            _abort(request)
        except Exception as error:  # noqa: BLE001  boundary: the answer has begun, so no other one can be given
            log.event(_LOG, "live.failed", logging.ERROR, what="eventsource", reason=type(error).__name__)
            _abort(request)
        return self._response

    async def _begin(self, start: Start) -> None:
        """Send the objects that are there, and the place that goes with them."""
        for state in start.objects:
            item = bytes(orjson.dumps(self._hub.envelopes.of_object(state)))
            await self._write(b"event: initial\ndata: %b\n\n" % item)
        await self._write(_event(b"ready", self._place))

    async def _follow(self, keep: Keep) -> None:
        heartbeat = float(self._wish.heartbeat)
        due = time.monotonic() + heartbeat
        while True:
            rows = await self._hub.rows_after(self._place)
            wanted = [row for row in rows if keep(row.change)]
            if rows:
                self._place = rows[-1].change.seq
            if wanted:
                await self._write(b"".join(map(_change, wanted)))
                due = time.monotonic() + heartbeat
            elif time.monotonic() >= due:
                await self._write(_event(b"bookmark", self._place))
                due = time.monotonic() + heartbeat
            if not rows:
                await self._hub.tail.wait(self._place, max(due - time.monotonic(), 0.0))

    async def _write(self, content: bytes) -> None:
        async with asyncio.timeout(_LONGEST_WRITE):
            await self._response.write(content)


def _abort(request: web.Request) -> None:
    """Break off, so that the reader sees that this is no end: it comes again, from where it was."""
    if request.transport is not None:
        request.transport.abort()


def _change(row: Row) -> bytes:
    return b"event: change\nid: %d\ndata: %b\n\n" % (row.change.seq, row.envelope)


def _event(name: bytes, place: int) -> bytes:
    return b'event: %b\nid: %d\ndata: {"last_seq":%d}\n\n' % (name, place, place)
