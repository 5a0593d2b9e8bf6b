"""The kinds and states of jobs and elements; each enum's order is its number in the API."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from barbican_like.common.states import TransitionTable


class JobType(StrEnum):
    """What a job does."""

    LIST = "LIST"
    COPY = "COPY"
    REMOVE = "REMOVE"
    RENAME = "RENAME"
    MKDIR = "MKDIR"


class JobProtocol(StrEnum):
    """How a site is spoken to."""

    GRIDFTP = "GRIDFTP"
    SFTP = "SFTP"
    DUMMY = "DUMMY"
    FILE = "FILE"
    S3 = "S3"
    WEBDAV = "WEBDAV"
    HTTP = "HTTP"


class JobStatus(StrEnum):
    """Where a job stands; it follows from its elements, see :func:`job_status`."""

    NEW = "NEW"  # being written; no transaction leaves it so
    DONE = "DONE"  # every element is done
    FAILED = "FAILED"  # nothing is left to do, and an element has used up its tries
    SUBMITTED = "SUBMITTED"  # something waits for a worker, nothing is at work
    RUNNING = "RUNNING"  # something is at work
    CANCELLED = "CANCELLED"  # its user has ended it


class ElementStatus(StrEnum):
    """Where an element stands."""

    NEW = "NEW"  # nobody has it yet
    DONE = "DONE"  # done
    FAILED = "FAILED"  # given up: its error says why
    SUBMITTED = "SUBMITTED"  # a worker has it in its next batch, or it waits for another try
    RUNNING = "RUNNING"  # at work
    CANCELLED = "CANCELLED"  # its job's user has ended it


_ENDED: Final = frozenset({JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED})

JOB_MOVES = TransitionTable(
    {
        JobStatus.NEW: frozenset({JobStatus.SUBMITTED}),
        JobStatus.SUBMITTED: frozenset({JobStatus.RUNNING, *_ENDED}),
        JobStatus.RUNNING: frozenset({JobStatus.SUBMITTED, *_ENDED}),
        JobStatus.FAILED: frozenset({JobStatus.SUBMITTED}),  # its user has it tried again
        JobStatus.CANCELLED: frozenset({JobStatus.SUBMITTED}),  # the same
        JobStatus.DONE: frozenset(),
    }
)

_OUTCOMES: Final = frozenset({ElementStatus.DONE, ElementStatus.FAILED, ElementStatus.CANCELLED})

ELEMENT_MOVES = TransitionTable(
    {
        ElementStatus.NEW: frozenset(
            {ElementStatus.SUBMITTED, ElementStatus.RUNNING, ElementStatus.CANCELLED}
        ),
        ElementStatus.SUBMITTED: frozenset({ElementStatus.NEW, ElementStatus.RUNNING, *_OUTCOMES}),
        ElementStatus.RUNNING: frozenset({ElementStatus.NEW, ElementStatus.SUBMITTED, *_OUTCOMES}),
        ElementStatus.FAILED: frozenset({ElementStatus.NEW}),  # its job is tried again
        ElementStatus.CANCELLED: frozenset({ElementStatus.NEW}),  # the same
        ElementStatus.DONE: frozenset(),
    }
)

ENDED: Final = _ENDED
"""The states in which nothing of a job is left to do."""

Counts = Mapping[ElementStatus, int]
"""How many elements of a job have which status; what is absent counts as 0."""


def job_status(counts: Counts, *, cancelled: bool, expanded: bool) -> JobStatus:
    """What follows from the elements.

    :param cancelled: whether the user has ended the job.
    :param expanded: whether all its elements are known.
    """
    if counts.get(ElementStatus.RUNNING, 0):
        return JobStatus.RUNNING
    waiting = counts.get(ElementStatus.NEW, 0) + counts.get(ElementStatus.SUBMITTED, 0)
    if waiting or not expanded:
        return JobStatus.SUBMITTED
    if counts.get(ElementStatus.FAILED, 0):
        return JobStatus.FAILED
    return JobStatus.CANCELLED if cancelled and counts.get(ElementStatus.CANCELLED, 0) else JobStatus.DONE
