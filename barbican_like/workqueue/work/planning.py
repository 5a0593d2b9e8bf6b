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

    @property
    def is_full(self) -> bool:
        """Whether no more elements are listed."""
        return len(self._listed) >= _MOST

    def visit(self, visit: Visit, target: Entry | None, overwrite: Overwrite) -> None:
        """Count a name, and what would be done about it.

        :param target: what there is at the destination.
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
            action = _action(element.type, visit.entry, target, overwrite)
            self.add(element.type, element.below, element.size or 0, action)

    def add(self, kind: JobType, below: bytes, size: int, action: str) -> None:
        """List an element."""
        self._elements += 1
        if self.is_full:
            return
        target = self._job.dst_filepath
        self._listed.append(
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
            "truncated": self._elements > len(self._listed),
            "elements": self._listed,
        }
        return zlib.compress(orjson.dumps(plan), 1)


def decoded(content: bytes) -> dict[str, Any]:
    """As users see it."""
    plan: dict[str, Any] = orjson.loads(zlib.decompress(content))
    return plan


def _action(kind: JobType, entry: Entry, target: Entry | None, overwrite: Overwrite) -> str:
    if kind is JobType.REMOVE:
        return "remove"
    if kind is JobType.MKDIR:
        return "mkdir"
    if target is None:
        return "copy"
    if overwrite is Overwrite.ALWAYS or (overwrite is Overwrite.IF_DIFFERENT and target.size != entry.size):
        return "overwrite"
    return "skip"
