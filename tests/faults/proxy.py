"""A way to a server that can be cut, so that connections break, or stalled, so that nothing gets through."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.ports import free_port

_SECONDS = 10


class Proxy:
    """Forwards connections to a port of its own to a TCP server on this machine, until it is cut or stalled.

    :param port: the server's.
    :param socket: a unix socket to listen on instead, which other network namespaces reach too.
    """

    def __init__(self, port: int, socket: Path | None = None) -> None:
        self.port = free_port()
        self._socket = socket
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self.restore()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._run(self._cut())

    def restore(self) -> None:
        """Take connections again."""
        self._run(self._restore())

    def stall(self) -> None:
        """Take connections and bytes, and forward nothing."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def resume(self) -> None:
        """Forward again, first what has come meanwhile."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    async def _restore(self) -> None:
        if self._socket is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        else:
            self._server = await asyncio.start_unix_server(self._accept, self._socket)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        current = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not current]
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # the server is gone: so is whoever has called it here
            writer.transport.abort()
            return
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._writers.add(sink)
        try:
            with suppress(OSError):
                while data := await source.read(65_536):
                    await self._flows.wait()
                    sink.write(data)
                    await sink.drain()
        finally:
            self._writers.discard(sink)
            sink.close()
