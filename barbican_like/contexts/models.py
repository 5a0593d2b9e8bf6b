"""What the rows of contexts mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRow:
    """One transaction of a context file."""

    id: str
    outbox_id: str
    transaction_id: str
    context_id: str
    name: str  # of the file: Context-<name>.xml
    created_at: datetime
    updated_at: datetime  # the time of the last transition in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One change of a service's state."""

    number: int  # grows with each transition of an outbox
    service_id: str
    old_state: str
    state: str
    desired: str
    pid: int | None
    exit_code: int | None  # of the last life; negative for a signal
    restarts: int
    since: datetime
    reason: str
    log: str  # of a failure, the last lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a service stands after its last transition."""

    transaction: str
    context_id: str
    context: str  # the name of its file
    service_id: str
    name: str
    instance: str
    state: str
    desired: str
    pid: int | None
    exit_code: int | None
    restarts: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedService:
    """A service that does not run though it should."""

    transaction: str
    service_id: str
    name: str
    state: str
    restarts: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an outbox."""

    transaction: str
    name: str  # of the service
    instance: str
    transition: Transition
