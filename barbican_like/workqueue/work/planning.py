"""The plan of a dry run: what a job would do, and nothing of it done."""

from __future__ import annotations

import zlib
from typing import Any, Final

import orjson

from barbican_like.workqueue import paths
from barbican_like.workqueue.models import Job
from barbican_like.workqueue.options import Overwrite
from barbican_like.workqueue.protocols.port import Entry, Kind
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.expansion import Visit, child

_MOST: Final = 10_000  # elements that are listed


class Plan:
    """Grows with each name that a walk comes by."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._files = self._directories = self._bytes = self._elements = 0
        self._listed: list[dict[str, Any]] = []
        self._last: list[dict[str, Any]] = []  # of a REMOVE: its directories, the deepest of which goes first

    @property
    def is_full(self) -> bool:
        """Whether no more elements are listed."""
        return len(self._listed) + len(self._last) >= _MOST

    def visit(self, visit: Visit, target: Entry | None, overwrite: Overwrite, *, is_same: bool) -> None:
        """Count a name, and what would be done about it.

        :param target: what there is at the destination.
        :param is_same: whether that is the same file.
        """
        kind = visit.entry.kind
        self._files += kind is Kind.FILE
        self._directories += kind is Kind.DIRECTORY
        self._bytes += visit.entry.size if kind is Kind.FILE else 0
        if self._job.type is JobType.RENAME:
            self.add(JobType.RENAME, visit.below, visit.entry.size, "rename")
            return
        element = None if self._job.type is JobType.LIST else child(self._job, visit, 0)
        if element is not None:
            action = _action(element.type, target, overwrite, is_same=is_same)
            self.add(element.type, element.below, element.size or 0, action, stage=element.stage)

    def add(self, kind: JobType, below: bytes, size: int, action: str, *, stage: int = 0) -> None:
        """List an element.

        :param stage: when it is worked: 1 behind all others, and those that lie within it.
        """
        self._elements += 1
        if self.is_full:
            return
        target = self._job.dst_filepath
        (self._last if stage else self._listed).append(
            {
                "type": kind,
                "src_filepath": paths.shown(self._job.src_filepath, below),
                "dst_filepath": None if target is None else paths.shown(target, below),
                "size": size,
                "action": action,
            }
        )

    def encoded(self) -> bytes:
        """As it is kept."""
        plan = {
            "files": self._files,
            "directories": self._directories,
            "bytes": self._bytes,
            "truncated": self._elements > len(self._listed) + len(self._last),
            "elements": [*self._listed, *reversed(self._last)],
        }
        return zlib.compress(orjson.dumps(plan), 1)


def decoded(content: bytes) -> dict[str, Any]:
    """As users see it."""
    plan: dict[str, Any] = orjson.loads(zlib.decompress(content))
    return plan


def _action(kind: JobType, target: Entry | None, overwrite: Overwrite, *, is_same: bool) -> str:
    if kind is JobType.REMOVE:
        return "remove"
    if kind is JobType.MKDIR:
        return "mkdir"
    if target is None:
        return "copy"
    if overwrite is Overwrite.ALWAYS or (overwrite is Overwrite.IF_DIFFERENT and not is_same):
        return "overwrite"
    return "skip"
