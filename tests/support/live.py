"""A gateway in this process, and clients that wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

import aiohttp

from barbican_like.activity.live.server import CHANGES, LIVE, Gateway
from barbican_like.cmd import live
from tests.support.application import Instance
from tests.support.caller import Caller

SOON = 20.0
"""Seconds after which what has not come fails its test."""

R = TypeVar("R")


class Client:
    """Calls a gateway as one caller does.

    :param headers: that say who calls.
    """

    def __init__(self, port: int, session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._session, self._headers = session, headers

    def get(self, **wanted: object) -> Any:
        """The feed, to be used as a context."""
        params = {
            name: json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in wanted.items()
        }
        headers = dict(self._headers)
        if "last_event_id" in params:
            headers["Last-Event-ID"] = params.pop("last_event_id")
        return self._session.get(self.base + CHANGES, params=params, headers=headers)

    async def answer(self, **wanted: object) -> tuple[int, Any]:
        """Status and body."""
        async with self.get(**wanted) as response:
            return response.status, await response.json()

    @contextlib.asynccontextmanager
    async def stream(self, **wanted: object) -> AsyncIterator[Callable[[], Awaitable[dict[str, str]]]]:
        """The next event of an eventsource at each call."""
        async with self.get(feed="eventsource", **wanted) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"

            async def following() -> dict[str, str]:
                event: dict[str, str] = {}
                async with asyncio.timeout(SOON):
                    while True:
                        line = (await response.content.readline()).decode().rstrip("\n")
                        if not line and event:
                            return event
                        name, _, value = line.partition(": ")
                        event[name] = value

            yield following

    @contextlib.asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[Socket]:
        """A websocket."""
        sent = self._headers | headers
        async with self._session.ws_connect(self.base + LIVE, headers=sent) as opened:
            yield Socket(opened)


class Socket:
    """A websocket that speaks JSON."""

    def __init__(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self.opened = opened

    async def ask(self, command: str | None = None, **members: object) -> dict[str, Any]:
        """Send a command; what comes next."""
        await self.opened.send_str(json.dumps({"command": command, **members}))
        return await self.next()

    async def next(self) -> dict[str, Any]:
        """The next message."""
        message = await self.opened.receive(SOON)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        found: dict[str, Any] = json.loads(message.data)
        return found

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the end, which comes next."""
        message = await self.opened.receive(SOON)
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return int(message.data), str(message.extra or "")


class Live:
    """An instance with a gateway."""

    def __init__(self, instance: Instance, gateway: Gateway) -> None:
        self.instance, self.gateway = instance, gateway

    def caller(self, project_id: str | None = None, **headers: str) -> Caller:
        """Somebody who calls the API."""
        return self.instance.caller(project_id, **headers)

    def talk(self, caller: Caller | None, do: Callable[[Client], Awaitable[R]]) -> R:
        """Do something as a client of the gateway; None: as one who says nothing of himself."""
        headers = {} if caller is None else {"X-Project-Id": caller.project_id, **caller._headers}

        async def talking() -> R:
            async with aiohttp.ClientSession() as session:
                return await do(Client(self.gateway.port, session, headers))

        return asyncio.run(talking())


@contextlib.contextmanager
def gateway_of(instance: Instance) -> Iterator[Live]:
    """A gateway of an instance, on a port of its own."""
    instance.conf.set_override("port", 0, group="live")
    gateway = live.new_gateway(instance.runtime, "127.0.0.1")
    gateway.start()
    try:
        yield Live(instance, gateway)
    finally:
        gateway.stop()


async def meanwhile(call: Callable[..., R], *arguments: Any, **named: Any) -> R:
    """Call the API while the client's loop goes on."""
    return await asyncio.to_thread(call, *arguments, **named)
