"""How one try of a task ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The result is committed."""


@dataclass(frozen=True, slots=True)
class Again:
    """A part of the result is committed, and there is more to do; see ``BaseTask.handle_success``."""

    delay: float = 0.0  # seconds until it goes on, behind whatever its project has waiting


@dataclass(frozen=True, slots=True)
class Retry:
    """Something failed that may heal."""

    delay: float  # seconds
    error: str  # for operators: a class name, never a value
    own_fault: bool = True  # False: the database's or the machine's, and the kind's patience does not run


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The worker stops: any other may take the task at once, and this was no try."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up: the entity is told this."""

    status_code: str
    reason: str  # safe to show to the owner
    error: str = ""  # for operators: a class name, never a value
    dead: bool = False  # the row stays, so that an operator can have it tried again


Outcome = Done | Again | Retry | HandedBack | Failed
