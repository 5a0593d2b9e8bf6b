"""The gateway's server: routes, who is let in, and a thread with the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from aiohttp import web

from barbican_like.activity.feed.waking import FeedListener
from barbican_like.activity.http import queries
from barbican_like.activity.live.hub import Hub
from barbican_like.activity.live.identity import Callers, Known, brings_credentials
from barbican_like.activity.live.pump import Pump
from barbican_like.activity.live.streams import EventSource, poll, wish_of
from barbican_like.activity.live.websocket import Connection
from barbican_like.common import ids, log
from barbican_like.common.errors import BarbicanError, ConfigurationError, Forbidden, Overloaded
from barbican_like.http.edge.connections import Connections
from barbican_like.http.edge.measuring import NOWHERE, Measure, unmeasured
from barbican_like.http.problems import problem_of

_LOG = logging.getLogger(__name__)
CHANGES: Final = "/api/v1/activity/changes"
LIVE: Final = "/api/v1/live"
MOST_CONNECTIONS: Final = 5_000
_MOST_SOCKETS: Final = MOST_CONNECTIONS + 500
"""With those that are told that there are too many, or have asked for nothing yet."""
_IDLE: Final = 75.0  # seconds that a connection may ask for nothing
_LONGEST_SILENCE: Final = 60.0  # seconds that a client may take nothing of what waits for it
_LONGEST_LINE: Final = 16_384  # bytes, of the request line and of each header
_TIME_TO_END: Final = 3.0  # seconds for connections that are told to end
_START_SECONDS: Final = 30.0

_PORT: Final = re.compile(r":\d+$", re.ASCII)
"""At the end of a Host header."""

_BEGUN: Final = web.RequestKey("begun", float)
"""Where a request keeps when its work began."""

Handler = Callable[[web.Request, str], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a gateway listens."""

    host: str
    port: int
    folder: Path  # of its socket for wake-ups
    origins: frozenset[str]  # of pages whose scripts may open websockets, besides the server's own
    api_port: int  # of the API on the same host, whose pages may too


class Gateway:
    """Serves the feed until it is told to stop.

    :param callers: say who calls.
    :param measure: is told of each answer when it begins, so a connection that stays is no slow request.
    """

    def __init__(self, hub: Hub, callers: Callers, place: Place, measure: Measure = unmeasured) -> None:
        self._hub = hub
        self._callers = callers
        self._place = place
        self._measure = measure
        self._listener = FeedListener(place.folder, str(os.getpid()))
        self._sockets: set[Connection] = set()
        self._open = 0
        self._loop = asyncio.new_event_loop()
        self._begun = threading.Event()
        self._failure: OSError | None = None
        self._ended: asyncio.Event | None = None
        self.port = place.port
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Listen.

        :raises ConfigurationError: when the port cannot be had.
        """
        self._thread.start()
        if not self._begun.wait(_START_SECONDS):
            raise ConfigurationError("the gateway did not start in time")
        if self._failure is not None:
            place, reason = self._place, os.strerror(self._failure.errno or 0)
            raise ConfigurationError(f"[live] {place.host}:{place.port}: {reason}")

    def stop(self) -> None:
        """Tell every client to come again, and end."""
        if self._ended is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._callers.close()
        self._hub.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._begun.set()
            self._listener.close()
            self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        application = web.Application()
        for path, handler in ((CHANGES, self._changes), (LIVE, self._live)):
            application.router.add_route("*", path, self._guarded(handler))
        application.on_response_prepare.append(self._measured)
        runner = web.AppRunner(
            application,
            handler_cancellation=True,
            access_log=None,
            keepalive_timeout=_IDLE,
            shutdown_timeout=_TIME_TO_END,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._place.host, self._place.port, backlog=1024)
            await site.start()
        except OSError as error:
            self._failure = error
            await runner.cleanup()
            return
        self.port = runner.addresses[0][1]
        await self._work_until_ended(runner)

    async def _work_until_ended(self, runner: web.AppRunner) -> None:
        tail, hub = self._hub.tail, self._hub
        pump = Pump(
            hub.database,
            hub.envelopes,
            self._listener,
            hand=lambda call: self._loop.call_soon_threadsafe(call),  # noqa: PLW0108  its type is too wide
            add=self._hub.add,
            begin=tail.begin,
        )
        house = Connections(self.port, most=_MOST_SOCKETS, answer_seconds=_LONGEST_SILENCE)
        house.start()
        pump.start()
        self._begun.set()
        log.event(_LOG, "live.listening", host=self._place.host, port=self.port)
        assert self._ended is not None  # noqa: S101  made by the caller
        await self._ended.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TIME_TO_END):
                await asyncio.gather(*(one.restart() for one in self._sockets), return_exceptions=True)
        house.stop()
        await asyncio.to_thread(pump.stop)
        await runner.cleanup()

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Answer errors as the API does, and count who is here."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            request_id = f"req-{ids.new_id()}"
            request[_BEGUN] = monotonic()
            if self._open >= MOST_CONNECTIONS:
                return _refusal(Overloaded("there are as many connections as may be"), request_id)
            self._open += 1
            try:
                return await handler(request, request_id)
            except BarbicanError as error:
                return _refusal(error, request_id)
            finally:
                self._open -= 1

        return guarded

    async def _measured(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Count an answer, which begins now."""
        now = monotonic()
        resource = request.match_info.route.resource
        route = NOWHERE if resource is None else resource.canonical
        self._measure(request.method, route, answer.status, now - request.get(_BEGUN, now))

    async def _changes(self, request: web.Request, _request_id: str) -> web.StreamResponse:
        known = await self._callers.of(request)
        if isinstance(known, web.Response):
            return known
        if request.method != "GET":
            return web.json_response(status=405, headers={"Allow": "GET"}, data=None)
        query, last_id = request.rel_url.raw_query_string, request.headers.get("Last-Event-ID")
        wish = wish_of(self._hub.queries, query, last_id)
        judge = await self._hub.judge_of(known.caller)
        headers = dict(known.headers)
        if wish.form == queries.EVENTSOURCE:
            return await EventSource(self._hub, wish, judge).serve(request, headers)
        body = await poll(self._hub, wish, judge)
        if wish.form == queries.LONGPOLL:
            request[_BEGUN] = monotonic()  # to wait for changes was asked for, and is no slowness
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def _live(self, request: web.Request, _request_id: str) -> web.StreamResponse:
        self._require_origin(request)
        headers: dict[str, str] = {}
        found = await self._admitted(request, headers)
        if isinstance(found, web.Response):
            return found
        self._sockets.add(found)
        try:
            return await found.serve(request, headers)
        finally:
            self._sockets.discard(found)

    async def _admitted(self, request: web.Request, headers: dict[str, str]) -> Connection | web.Response:
        """The connection of who may have one, else a refusal. What it takes to know that does not stay.

        :param headers: is given those of the answer.
        """
        if not brings_credentials(request) and request.method == "GET":
            return self._callers.refusal_of(request) or Connection(self._hub, None)
        known = await self._callers.of(request)
        if not isinstance(known, Known):
            return known
        headers.update(known.headers)
        return Connection(self._hub, await self._hub.judge_of(known.caller))

    def _require_origin(self, request: web.Request) -> None:
        """Let no page of another site use the passwords that a browser has stored for this one.

        :raises Forbidden: when such a page asks.
        """
        origin = request.headers.get("Origin")
        if origin is None or origin in self._place.origins or self._is_ours(origin, request.host):
            return
        raise Forbidden("Pages of this origin may not open websockets here.")

    def _is_ours(self, origin: str, host: str) -> bool:
        """Whether it is the gateway's own, or the API's under the name that the gateway is called by."""
        name = _PORT.sub("", host)
        return origin.partition("://")[2] in {host, f"{name}:{self._place.api_port}"}


def _refusal(error: Exception, request_id: str) -> web.Response:
    problem = problem_of(error, "Live feed", request_id)
    headers = dict(problem.headers) | {"x-openstack-request-id": request_id}
    return web.Response(
        status=problem.status.value, body=problem.body(), content_type="application/json", headers=headers
    )
