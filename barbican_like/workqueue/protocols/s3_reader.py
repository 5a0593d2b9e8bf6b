"""An object that is read; where the connection is lost, the rest of the same object is asked for."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from barbican_like.workqueue import reaching
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.port import Reader
from barbican_like.workqueue.protocols.s3_calls import calling, code_of

_MOST_LOSSES: Final = 3  # without a byte in between
_BEYOND: Final = frozenset({"InvalidRange", "416"})


class S3Reader(Reader):
    """Reads an object from a byte on.

    :param where: bucket and key, as the SDK's calls take them.
    """

    def __init__(self, client: Any, where: dict[str, str], shown: str, offset: int) -> None:
        self._client = client
        self._where = where
        self._shown = shown
        self._offset = offset
        self._losses = 0
        self._left = memoryview(b"")
        self._tag: str | None = None
        self._body: Any = self._ask()

    def read(self, most: int) -> bytes:
        """The next bytes."""
        if not self._left:
            self._left = memoryview(self._next(most))
            self._offset += len(self._left)
        part, self._left = self._left[:most], self._left[most:]
        return bytes(part)

    def close(self) -> None:
        """End; what is unread costs the connection."""
        body, self._body = self._body, None
        if body is not None:
            body.close()

    def _next(self, most: int) -> bytes:
        while self._body is not None:
            try:
                with calling(self._shown), reaching.over_http(self._shown):
                    content: bytes = self._body.read(most)
            except TransferFailed as error:
                self._take_up(error)
            else:
                self._losses = 0
                return content
        return b""

    def _take_up(self, error: TransferFailed) -> None:
        self._losses += 1
        if self._tag is None or self._losses > _MOST_LOSSES or error.fault.kind is not ErrorClass.TRANSIENT:
            raise error
        self.close()
        with calling(self._shown):
            self._body = self._ask()

    def _ask(self) -> Any:
        """The body from the offset on; None where there is nothing more."""
        more = {"Range": f"bytes={self._offset}-"} if self._offset else {}
        if self._tag is not None:
            more["IfMatch"] = self._tag
        try:
            answer = self._client.get_object(**self._where, **more)
        except ClientError as error:
            if code_of(error) in _BEYOND:
                return None
            if self._tag is not None and code_of(error) in {"PreconditionFailed", "412"}:
                raise TransferFailed.transient(
                    ErrorCode.CONNECTION, f"{self._shown}: it has changed while it was read"
                ) from error
            raise
        self._tag = answer.get("ETag")
        return answer["Body"]
