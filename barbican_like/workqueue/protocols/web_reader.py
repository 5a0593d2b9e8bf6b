"""A file that is read over HTTP; where the connection is lost, the rest of the same file is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import httpx

from barbican_like.workqueue import paths, reaching
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.port import Reader
from barbican_like.workqueue.protocols.web import Web

_MOST_LOSSES: Final = 3  # without a byte in between


class WebReader(Reader):
    """Reads a file from a byte on."""

    def __init__(self, web: Web, path: bytes, offset: int) -> None:
        self._web = web
        self._path = path
        self._shown = paths.text_of(path)
        self._offset = offset
        self._losses = 0
        self._left = memoryview(b"")
        self._answer, self._parts = self._ask(None)
        self._same = _validator(self._answer)

    def read(self, most: int) -> bytes:
        """The next bytes."""
        if not self._left:
            self._left = memoryview(self._next())
            self._offset += len(self._left)
        part, self._left = self._left[:most], self._left[most:]
        return bytes(part)

    def close(self) -> None:
        """End; what is unread costs the connection."""
        self._answer.close()

    def _next(self) -> bytes:
        while True:
            try:
                with reaching.over_http(self._shown):
                    content = next(self._parts, b"")
            except TransferFailed as error:
                self._take_up(error)
            else:
                self._losses = 0
                return content

    def _take_up(self, error: TransferFailed) -> None:
        """Ask for the rest.

        :raises TransferFailed: the same, where that cannot help, or where it may be another file by now.
        """
        self._losses += 1
        if self._same is None or self._losses > _MOST_LOSSES or error.fault.kind is not ErrorClass.TRANSIENT:
            raise error
        self._answer.close()
        self._answer, self._parts = self._ask(self._same)

    def _ask(self, same: str | None) -> tuple[httpx.Response, Iterator[bytes]]:
        headers = {"Range": f"bytes={self._offset}-"} if self._offset else {}
        if same is not None and self._offset:
            headers["If-Range"] = same
        answer = self._web.begin("GET", self._path, headers)
        with ExitStack() as stack:
            stack.callback(answer.close)
            parts = self._parts_of(answer, is_rest=same is not None)
            stack.pop_all()
        return answer, parts

    def _parts_of(self, answer: httpx.Response, *, is_rest: bool) -> Iterator[bytes]:
        if answer.status_code == httpx.codes.PARTIAL_CONTENT and self._offset:
            return answer.iter_raw()
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and self._offset:
            return iter(())
        if answer.status_code != httpx.codes.OK:
            raise self._web.failure(answer, self._path)
        if is_rest and self._offset:
            raise TransferFailed.transient(
                ErrorCode.CONNECTION, f"{self._shown}: it has changed while it was read"
            )
        return _without(answer.iter_raw(), self._offset)


def _without(parts: Iterator[bytes], offset: int) -> Iterator[bytes]:
    """What follows so many bytes, of a site that has no ranges."""
    for part in parts:
        if offset < len(part):
            yield part[offset:] if offset else part
        offset = max(0, offset - len(part))


def _validator(answer: httpx.Response) -> str | None:
    """What tells the file as it is from a later one of its name; None where the site says no such thing."""
    tag = str(answer.headers.get("ETag", ""))
    if tag and not tag.startswith("W/"):
        return tag
    time: str | None = answer.headers.get("Last-Modified")
    return time
