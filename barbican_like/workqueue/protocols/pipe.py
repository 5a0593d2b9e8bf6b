"""A pipe into a request: one thread puts bytes in, another sends them as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from barbican_like.workqueue.baton import Waiting

T = TypeVar("T")

_DEPTH: Final = 4  # chunks that wait to be sent
_LOOK: Final = 0.2  # seconds between two looks at whether the request has ended


class _Broken(Exception):
    """The request is to end where it is."""


class Pipe(Generic[T]):
    """A request that is under way while its body is made.

    :param send: sends an iterator's bytes; runs in a thread of its own.
    """

    def __init__(self, send: Callable[[Iterator[bytes]], T]) -> None:
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self._is_broken = False
        self._result: Future[T] = Future()
        self._thread = threading.Thread(target=self._run, args=(send,), name="upload", daemon=True)
        self._thread.start()

    def put(self, content: bytes | None) -> None:
        """Append; None ends it. Raises what the request has failed with."""
        while True:
            if self._result.done():
                self._result.result()
                return  # the site wants no more of it; its answer says why
            try:
                with Waiting():
                    self._chunks.put(content, timeout=_LOOK)
            except queue.Full:
                continue
            return

    def finish(self) -> T:
        """What came of it once everything is sent. Raises what it has failed with."""
        self.put(None)
        with Waiting():
            self._thread.join()
        return self._result.result()

    def abort(self) -> None:
        """Break it off, and wait until it has ended."""
        self._is_broken = True
        while self._thread.is_alive():
            try:
                with Waiting():
                    self._chunks.put(None, timeout=_LOOK)
            except queue.Full:
                continue
            with Waiting():
                self._thread.join()

    def _run(self, send: Callable[[Iterator[bytes]], T]) -> None:
        try:
            self._result.set_result(send(self._sent()))
        except BaseException as error:  # noqa: BLE001  boundary: whoever waits for it is told
            self._result.set_exception(error)

    def _sent(self) -> Iterator[bytes]:
        while (content := self._chunks.get()) is not None:
            if self._is_broken:
                break
            yield content
        if self._is_broken:
            raise _Broken
