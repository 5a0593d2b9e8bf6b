"""How a command ends: its exit code, and the error that ends it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """The exit codes; those of a job tell how it ended."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOBODY = 3
    FAILED = 4
    CANCELLED = 5
    UNFINISHED = 6
    INTERRUPTED = 130


MEANINGS: Final = {
    Exit.DONE: "done; the job is DONE, or with --no-wait: it is made",
    Exit.REFUSED: "the server refuses this (4xx), or it cannot be asked for",
    Exit.USAGE: "wrong words on the command line",
    Exit.NOBODY: "the server cannot be reached, or is in trouble (5xx)",
    Exit.FAILED: "the job has FAILED; of several, one has",
    Exit.CANCELLED: "the job is CANCELLED; of several, one is",
    Exit.UNFINISHED: "status: the job has not ended yet",
    Exit.INTERRUPTED: "interrupted while it waited; the job goes on",
}
"""What each code says, for ``--help`` and the documents."""

_BY_STATUS: Final = {"DONE": Exit.DONE, "FAILED": Exit.FAILED, "CANCELLED": Exit.CANCELLED}
_WORST_FIRST: Final = (Exit.FAILED, Exit.CANCELLED, Exit.UNFINISHED)

ENDED: Final = frozenset(_BY_STATUS)
"""The statuses in which nothing of a job is left to do."""


class CommandFailed(Exception):
    """A command that ends with a message.

    :param exit_code: how it ends.
    """

    def __init__(self, exit_code: Exit, message: str) -> None:
        self.exit_code = exit_code
        super().__init__(message)


def exit_of(*statuses: str) -> Exit:
    """The exit code for jobs with these statuses."""
    codes = {_BY_STATUS.get(status, Exit.UNFINISHED) for status in statuses}
    return next((code for code in _WORST_FIRST if code in codes), Exit.DONE)
