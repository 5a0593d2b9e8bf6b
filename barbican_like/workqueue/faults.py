"""Why an element fails: a class that says what to do about it, a code, and a reason that users read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from barbican_like.common.errors import ServerError


class ErrorClass(StrEnum):
    """What a fault calls for."""

    PERMANENT = "permanent"  # trying again cannot help
    TRANSIENT = "transient"  # trying again may help
    AUTH = "auth"  # a credential is missing or refused: it waits for another
    CANCELLED = "cancelled"  # its user has ended it


class ErrorCode(StrEnum):
    """What has happened."""

    NOT_FOUND = "NOT_FOUND"
    DENIED = "DENIED"
    EXISTS = "EXISTS"
    NOT_EMPTY = "NOT_EMPTY"
    BAD_NAME = "BAD_NAME"
    HOST_KEY = "HOST_KEY"
    UNSUPPORTED = "UNSUPPORTED"
    CHECKSUM = "CHECKSUM"
    TIMEOUT = "TIMEOUT"
    CONNECTION = "CONNECTION"
    NO_SPACE = "NO_SPACE"
    AUTH = "AUTH"
    WORKER_LOST = "WORKER_LOST"
    CANCELLED = "CANCELLED"
    DUMMY = "DUMMY"


_LONGEST_REASON = 255


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure, safe to show and to keep."""

    kind: ErrorClass
    code: ErrorCode
    reason: str  # never a credential, never a text of a library

    def __post_init__(self) -> None:
        # PostgreSQL keeps no NUL in a text, and names that a site shows may hold one.
        kept = self.reason.replace("\x00", "\ufffd")[:_LONGEST_REASON]
        object.__setattr__(self, "reason", kept)


class TransferFailed(ServerError):
    """An operation on a site has failed."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.reason)

    @classmethod
    def permanent(cls, code: ErrorCode, reason: str) -> Self:
        """Trying again cannot help."""
        return cls(Fault(ErrorClass.PERMANENT, code, reason))

    @classmethod
    def transient(cls, code: ErrorCode, reason: str) -> Self:
        """Trying again may help."""
        return cls(Fault(ErrorClass.TRANSIENT, code, reason))

    @classmethod
    def auth(cls, reason: str) -> Self:
        """Another credential is needed."""
        return cls(Fault(ErrorClass.AUTH, ErrorCode.AUTH, reason))

    @classmethod
    def cancelled(cls) -> Self:
        """Its user has ended it."""
        return cls(Fault(ErrorClass.CANCELLED, ErrorCode.CANCELLED, "The job was cancelled"))


def not_found(what: str) -> TransferFailed:
    """There is nothing of that name."""
    return TransferFailed.permanent(ErrorCode.NOT_FOUND, f"{what}: there is no such file or directory")


def bad_name(path: bytes) -> TransferFailed:
    """A name that no path can have, such as ``..``: what a site says of itself is not believed."""
    shown = path.decode("utf-8", "replace")
    return TransferFailed.permanent(ErrorCode.BAD_NAME, f"{shown}: holds a name that no path can have")
