"""A rename in a bucket, which offers none: all keys are copied, then the old ones are removed.

A mark beside the target, named by the element's tag, says how far that is. So another try goes on where one
was broken off, and knows that what is there is its own; and what was begun and not ended can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from boto3.s3.transfer import TransferConfig

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.s3_calls import calling

COPYING: Final = b"copying"
"""Of the old keys none is removed yet."""

_REMOVING: Final = b"removing"

PARTS: Final = TransferConfig(
    multipart_threshold=4 * 2**30, multipart_chunksize=512 * 2**20, max_concurrency=4
)
"""How the site is let copy: a plain copy ends at 5 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """What becomes of the keys that begin with one text: they begin with another.

    :param shown: the path, for messages.
    """

    client: Any
    bucket: str
    mark: str  # its key
    shown: str

    def phase(self) -> bytes | None:
        """How far an earlier try has come; None where there was none."""
        try:
            with calling(self.shown):
                return bytes(self.client.get_object(**self._at(self.mark))["Body"].read())
        except TransferFailed as error:
            if error.fault.code is ErrorCode.NOT_FOUND:
                return None
            raise

    def begin(self) -> None:
        """Leave the mark, before the first copy."""
        self._say(COPYING)

    def run(self, phase: bytes | None, old: str, new: str, keys: Sequence[str]) -> None:
        """Copy, then remove.

        :param phase: of an earlier try.
        :param old: what each key begins with.
        :param new: what it will begin with.
        """
        with calling(self.shown):
            if phase != _REMOVING:
                for key in keys:
                    target = self._at(new + key[len(old) :])
                    self.client.copy(self._at(key), **target, Config=PARTS)
                self._say(_REMOVING)
            self._remove(keys)
            self._remove([self.mark])

    def undo(self, new: str) -> None:
        """Take back what was copied, where nothing is removed yet; then the mark.

        :param new: what the keys that were copied begin with.
        """
        phase = self.phase()
        with calling(self.shown):
            if phase == COPYING:
                self._remove(self.below(new))
            if phase is not None:
                self._remove([self.mark])

    def below(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a text."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            yield from (one["Key"] for one in page.get("Contents", ()))

    def _say(self, phase: bytes) -> None:
        self.client.put_object(**self._at(self.mark), Body=phase)

    def _remove(self, keys: Iterable[str]) -> None:
        for key in keys:  # many at once go as XML, which has no word for some characters of keys
            self.client.delete_object(**self._at(key))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": key}
