"""An event loop on a thread of its own, for libraries that want one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from barbican_like.workqueue.faults import ErrorCode, TransferFailed

T = TypeVar("T")

_PATIENCE: Final = 1.0  # seconds


class Loop:
    """Runs coroutines for a thread that waits for them; another thread may close it meanwhile."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()  # so that nothing is begun behind the end, which nobody would run
        self._is_ended = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin something; its result comes later.

        :raises TransferFailed: CONNECTION once it is closed.
        """
        with self._lock:
            if not self._is_ended:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise TransferFailed.transient(ErrorCode.CONNECTION, "The connection was closed")

    def call(self, function: Any, *arguments: Any) -> None:
        """Have a function called there, soon; without effect once it is closed."""
        with self._lock:
            if not self._is_ended:
                self._loop.call_soon_threadsafe(function, *arguments)

    def close(self) -> None:
        """End what is under way, and the thread; where another thread is at that, return at once."""
        with self._lock:
            if self._is_ended:
                return
            self._is_ended = True
            ending = asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop)
        with suppress(TimeoutError):  # what does not mind being cancelled is left where it is
            ending.result(_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self._loop.close()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
