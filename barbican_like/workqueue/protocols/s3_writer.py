"""A file on its way to a bucket: in one piece, or in parts that become one object when all are there."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from barbican_like.workqueue.faults import TransferFailed
from barbican_like.workqueue.protocols.port import Writer
from barbican_like.workqueue.protocols.s3_calls import calling

PART: Final = 8 * 2**20
"""Bytes of a part, and the most that is sent in one piece."""

_MOST_PARTS: Final = 9000  # of 10,000 that S3 takes
_IN_FLIGHT: Final = 3  # parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A part that the site has taken."""

    part: dict[str, Any]  # as the end of the upload names it
    is_confirmed: bool  # whether the site's digest of it is ours


class S3Writer(Writer):
    """An object that is not there until it is committed.

    :param where: bucket and key, as the SDK's calls take them.
    :param pool: of threads, to send parts.
    :param size: how many bytes are expected; None: nobody knows.
    """

    def __init__(
        self,
        client: Any,
        where: dict[str, str],
        pool: Executor,
        shown: str,
        *,
        replace: bool,
        size: int | None,
    ) -> None:
        self._client = client
        self._where = where
        self._pool = pool
        self._shown = shown
        # Where there is one by then, it is not replaced, whoever has made it.
        self._condition = {} if replace else {"IfNoneMatch": "*"}
        self._size = size or 0
        self._kept: deque[bytes] = deque()
        self._length = 0  # of what is kept
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._under_way: deque[Future[_Sent]] = deque()
        self._parts_confirmed = True
        self._number = 0

    def write(self, content: bytes) -> None:
        """Append."""
        self._kept.append(content)
        self._length += len(content)
        while self._length > (size := self._part_size()):
            self._send_part(size)

    def commit(self) -> None:
        """Let it be there."""
        with calling(self._shown):
            if self._upload is None:
                content = self._take(self._length)
                answer = self._client.put_object(**self._where, Body=content, **self._condition)
                self.is_confirmed = _tag(answer) == _md5(content)
                return
            self._send_part(self._length)
            while self._under_way:
                self._keep(self._under_way.popleft())
            self._client.complete_multipart_upload(
                **self._where,
                UploadId=self._upload,
                MultipartUpload={"Parts": self._parts},
                **self._condition,
            )
        self._upload = None
        # Each part was taken as it was sent, and the upload is complete with just these.
        self.is_confirmed = self._parts_confirmed

    def abort(self) -> None:
        """Leave no part behind."""
        self._kept.clear()
        upload, self._upload = self._upload, None
        if upload is None:
            return
        while self._under_way:
            part = self._under_way.popleft()
            if not part.cancel():
                part.exception()  # waited for, so that it does not come later than the end
        with suppress(TransferFailed), calling(self._shown):
            self._client.abort_multipart_upload(**self._where, UploadId=upload)

    def _part_size(self) -> int:
        """Bytes of the next part: large enough for the file, or growing where its size is not known."""
        if self._size:
            return max(PART, -(-self._size // _MOST_PARTS))
        return PART * (1 + self._number // 1000)

    def _take(self, size: int) -> bytes:
        """So many of the bytes that are kept."""
        taken, missing = [], size
        while missing > 0:
            one = self._kept.popleft()
            if len(one) > missing:
                self._kept.appendleft(one[missing:])
                one = one[:missing]
            taken.append(one)
            missing -= len(one)
        self._length -= size
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def _send_part(self, size: int) -> None:
        with calling(self._shown):
            if self._upload is None:
                self._upload = self._client.create_multipart_upload(**self._where)["UploadId"]
            while len(self._under_way) >= _IN_FLIGHT:
                self._keep(self._under_way.popleft())
        self._number += 1
        self._under_way.append(self._pool.submit(self._sent, self._upload, self._number, self._take(size)))

    def _sent(self, upload: str, number: int, content: bytes) -> _Sent:
        answer = self._client.upload_part(**self._where, UploadId=upload, PartNumber=number, Body=content)
        part = {"PartNumber": number, "ETag": answer["ETag"]}
        return _Sent(part=part, is_confirmed=_tag(answer) == _md5(content))

    def _keep(self, begun: Future[_Sent]) -> None:
        sent = begun.result()
        self._parts.append(sent.part)
        self._parts_confirmed &= sent.is_confirmed


def _tag(answer: dict[str, Any]) -> str:
    """What a site calls what it has taken: its MD5, unless it encrypts with keys of its own."""
    return str(answer.get("ETag", "")).strip('"')


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
