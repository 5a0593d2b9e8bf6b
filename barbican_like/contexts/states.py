"""The states of a task service, as one table, and what may be wished of it."""

from __future__ import annotations

from enum import StrEnum

from barbican_like.common.states import TransitionTable


class Wish(StrEnum):
    """What was asked of a service, by an operator or a trigger."""

    UP = "up"
    DOWN = "down"


class ServiceState(StrEnum):
    """What is. Who restarts and why is in the supervision."""

    DEFINED = "DEFINED"  # never started
    STARTING = "STARTING"  # wanted: waits for others (no pid), or is not ready yet
    RUNNING = "RUNNING"  # has said that it is ready
    STOPPING = "STOPPING"  # was asked to end
    STOPPED = "STOPPED"  # ended as asked
    EXITED = "EXITED"  # ended by itself with code 0
    FAILED = "FAILED"  # ended in any other way
    BACKOFF = "BACKOFF"  # starts again at a known time
    FATAL = "FATAL"  # ended too often: only an operator starts it


_S = ServiceState
SERVICE_MOVES = TransitionTable(
    {
        _S.DEFINED: frozenset({_S.STARTING}),
        _S.STARTING: frozenset({_S.RUNNING, _S.FAILED, _S.STOPPING, _S.STOPPED}),
        _S.RUNNING: frozenset({_S.EXITED, _S.FAILED, _S.STOPPING}),
        _S.STOPPING: frozenset({_S.STOPPED}),
        _S.STOPPED: frozenset({_S.STARTING}),
        _S.EXITED: frozenset({_S.STARTING, _S.BACKOFF, _S.FATAL}),
        _S.FAILED: frozenset({_S.STARTING, _S.BACKOFF, _S.FATAL}),
        _S.BACKOFF: frozenset({_S.STARTING, _S.STOPPED}),
        _S.FATAL: frozenset({_S.STARTING, _S.STOPPED}),
    }
)
