"""One websocket: its caller, its filter, its watches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import WSMsgType, web

from barbican_like.activity.feed.filters import Filter
from barbican_like.activity.http import answers, tokens
from barbican_like.activity.http.access import Judge
from barbican_like.activity.live import commands, watched
from barbican_like.activity.live.commands import DONE, NOT_UNDERSTOOD, REFUSED, Command, Misunderstood
from barbican_like.activity.live.hub import Hub
from barbican_like.activity.live.tail import message_of
from barbican_like.activity.models import Change
from barbican_like.common import clock, log
from barbican_like.common.errors import Gone, Overloaded
from barbican_like.model.unit_of_work import Reading

_LOG = logging.getLogger(__name__)
LARGEST_MESSAGE: Final = 65_536  # bytes
_MOST_WATCHES: Final = 20
_BOOKMARK_EVERY: Final = 15.0  # seconds
_PING_EVERY: Final = 30.0
_TIME_TO_AUTHENTICATE: Final = 10.0
_LONGEST_WRITE: Final = 30.0  # seconds that a client may take nothing

NOT_AUTHENTICATED: Final = 4401
LAGGING: Final = 4408
RESTART: Final = 1012
FAILED: Final = 1011


@dataclass(slots=True)
class _Watch:
    """What is followed, and how far it was."""

    name: str
    place: int
    task: asyncio.Task[None] | None = None


_EVERYTHING: Final = Filter()


class Connection:
    """A client's. There are thousands, most of them idle: it keeps no more than it needs.

    :param judge: of whom the handshake named; None where it named nobody.
    """

    __slots__ = (
        "__weakref__",
        "_deadline",
        "_expiry",
        "_filter",
        "_hub",
        "_judge",
        "_socket",
        "_transport",
        "_watches",
    )

    def __init__(self, hub: Hub, judge: Judge | None) -> None:
        self._hub = hub
        self._socket = web.WebSocketResponse(
            max_msg_size=LARGEST_MESSAGE, heartbeat=_PING_EVERY, compress=False
        )
        self._judge = judge
        self._filter = _EVERYTHING
        self._watches: dict[str, _Watch] = {}
        self._transport: asyncio.Transport | None = None
        self._expiry: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    async def serve(self, request: web.Request, headers: Mapping[str, str]) -> web.WebSocketResponse:
        """Answer and send until one side closes.

        :param headers: of the answer.
        """
        self._socket.headers.update(headers)
        await self._socket.prepare(request)
        self._transport = request.transport
        if self._judge is None:
            self._close_in(_TIME_TO_AUTHENTICATE)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._hear(message.data)
                elif message.type is WSMsgType.BINARY:
                    await self._reply(None, NOT_UNDERSTOOD, "messages are texts")
        except (ConnectionError, TimeoutError):
            pass  # the client has gone, or takes nothing
        except Exception as error:  # noqa: BLE001  boundary: the client must hear of it, and so must the operator
            await self._fail("command", error)
        finally:
            self._close_in(None)
            for name in list(self._watches):
                self._forget(name)
        return self._socket

    async def restart(self) -> None:
        """The gateway ends: tell the client to come again."""
        await self._close(RESTART, "restart")

    async def _hear(self, text: str) -> None:
        try:
            command = commands.parse(text, self._hub.queries)
        except Misunderstood as error:
            await self._reply(error.command, NOT_UNDERSTOOD, str(error))
            return
        word = commands.name_of(command)
        if self._judge is None and not isinstance(command, commands.Authenticate):
            await self._reply(word, REFUSED, "say first who calls")
            return
        try:
            await self._do(command)
        except Gone as error:
            await self._reply(word, REFUSED, error.message, **{"status": 410, **error.members})
        except Overloaded:
            await self._reply(word, REFUSED, Overloaded.default, status=503)

    async def _do(self, command: Command) -> None:
        match command:
            case commands.Authenticate(token=token):
                await self._authenticate(token)
            case commands.Watch():
                await self._watch(command)
            case commands.Unwatch(name=name):
                found = self._forget(name)
                text = "unwatched" if found else "it was not watched"
                await self._reply("unwatch", DONE if found else REFUSED, text)
            case commands.Count(name=name):
                await self._reply("count", DONE, "counted", count=await self._count(name))
            case commands.Narrow(wanted=wanted):
                self._filter = wanted
                await self._reply("filter", DONE, "filtered")

    async def _authenticate(self, token: str) -> None:
        def look() -> tokens.Bearer | None:
            with Reading(self._hub.database) as view:
                return tokens.bearer(view, token)

        found = await self._hub.in_thread(look)
        if found is None:
            await self._reply("authenticate", REFUSED, "the token is none, or has expired")
            return
        self._judge = await self._hub.judge_of(found.caller)
        left = (found.expires_at - clock.now()).total_seconds()
        self._close_in(max(left, 0.0))
        expires_at = found.expires_at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
        await self._reply("authenticate", DONE, "authenticated", expires_at=expires_at)

    async def _watch(self, command: commands.Watch) -> None:
        name = command.name
        if name not in self._watches and len(self._watches) >= _MOST_WATCHES:
            await self._reply("watch", REFUSED, f"there are {_MOST_WATCHES} watches already")
            return
        initial = None
        if command.include_initial:
            initial, place = await self._there(name)
        else:
            place = await self._hub.place(command.since, from_now=command.since is None)
        self._forget(name)
        watch = self._watches[name] = _Watch(name, place)
        await self._reply("watch", DONE, "watching", object=name)
        for state in initial or ():
            await self._tell(name, "initial", place, self._hub.envelopes.initial_data_of(state))
        if initial is not None:
            await self._tell(name, "ready", place, b'{"last_seq":%d}' % place)
        watch.task = asyncio.create_task(self._follow(watch))

    async def _follow(self, watch: _Watch) -> None:
        """Send what is behind a watch's place, as it comes."""
        try:
            await self._send_behind(watch)
        except Gone:
            await self._close(LAGGING, "lagging", watch.place)
        except (ConnectionError, TimeoutError):
            self._abort()
        except Exception as error:  # noqa: BLE001  boundary: nobody awaits this task, and no stream ends in silence
            await self._fail(watch.name, error, watch.place)

    async def _send_behind(self, watch: _Watch) -> None:
        due = time.monotonic() + _BOOKMARK_EVERY
        while True:
            for row in await self._hub.rows_after(watch.place):
                change = row.change
                if watched.is_told(watch.name, change) and answers.keeps(self._filter, self._judged())(
                    change
                ):
                    await self._send(watched.message(watch.name, row))
                    due = time.monotonic() + _BOOKMARK_EVERY
                watch.place = change.seq
            left = due - time.monotonic()
            if left <= 0 or not await self._hub.tail.wait(watch.place, left):
                await self._tell(watch.name, "bookmark", watch.place, b'{"last_seq":%d}' % watch.place)
                due = time.monotonic() + _BOOKMARK_EVERY

    async def _count(self, name: str) -> int:
        """How many objects of a name are there, whatever the filter."""
        return await self._hub.count(self._judged(), watched.source(name), partial(watched.is_there, name))

    async def _there(self, name: str) -> tuple[Sequence[Change], int]:
        """The objects of a name that are there and wanted, and the place to go on from."""
        start = await self._hub.start(self._filter, self._judged(), [watched.source(name)])
        return [state for state in start.objects if watched.is_there(name, state)], start.last_seq

    def _judged(self) -> Judge:
        assert self._judge is not None  # noqa: S101  nothing but authenticate is done before
        return self._judge

    def _forget(self, name: str) -> bool:
        watch = self._watches.pop(name, None)
        if watch is None:
            return False
        if watch.task is not None:
            watch.task.cancel()
        return True

    def _close_in(self, seconds: float | None) -> None:
        """Let nobody stay longer who does not say again who he is."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._expiry = asyncio.create_task(self._close(NOT_AUTHENTICATED, "not authenticated, or no longer"))

    async def _close(self, code: int, why: str, place: int | None = None) -> None:
        if place is None and self._watches:
            place = min(watch.place for watch in self._watches.values())
        text = why if place is None else f"{why}, resume from {place}"
        await self._socket.close(code=code, message=text.encode())

    async def _fail(self, what: str, error: Exception, place: int | None = None) -> None:
        """End what cannot go on: the client may come again, from where it was.

        :param what: has failed.
        """
        log.event(_LOG, "live.failed", logging.ERROR, what=what, reason=type(error).__name__)
        await self._close(FAILED, "failed", place)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _reply(self, command: str | None, code: int, message: str, **more: Any) -> None:
        result = {"code": code, "message": message, **more}
        await self._send(orjson.dumps({"command": command, "result": result}).decode())

    async def _tell(self, name: str, event: str, seq: int, data: bytes) -> None:
        await self._send(message_of(name, event, seq, data))

    async def _send(self, message: str) -> None:
        async with asyncio.timeout(_LONGEST_WRITE):
            await self._socket.send_str(message)
