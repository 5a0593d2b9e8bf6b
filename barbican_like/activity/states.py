"""The states of an event, and the one table of its moves."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from barbican_like.common.states import TransitionTable


class EventStatus(StrEnum):
    """Where an event stands; the names are the API's."""

    NEW = "NEW"  # accepted durably; its task says where it goes
    CONFIRM = "CONFIRM"  # waits for its mail to be confirmed
    PENDING = "PENDING"  # a request: waits for somebody who may decide
    APPROVED = "APPROVED"  # somebody has said yes
    DENIED = "DENIED"  # somebody has said no
    WAITING = "WAITING"  # may be carried out, after what was accepted before it for its object
    RUNNING = "RUNNING"  # is being carried out
    SUCCESS = "SUCCESS"  # done
    WARNING = "WARNING"  # done, but for something that its log names
    ERROR = "ERROR"  # not done; its log says why


_S: Final = EventStatus

EVENT_MOVES: Final = TransitionTable(
    {
        _S.NEW: frozenset({_S.PENDING, _S.WAITING, _S.CONFIRM, _S.ERROR}),
        # Its link was followed, or has expired.
        _S.CONFIRM: frozenset({_S.PENDING, _S.ERROR}),
        _S.PENDING: frozenset({_S.APPROVED, _S.DENIED}),
        _S.APPROVED: frozenset({_S.WAITING}),
        _S.DENIED: frozenset(),
        _S.WAITING: frozenset({_S.RUNNING, _S.ERROR}),
        # WAITING: what has failed may heal, and there is another try.
        _S.RUNNING: frozenset({_S.SUCCESS, _S.WARNING, _S.ERROR, _S.WAITING}),
        _S.SUCCESS: frozenset(),
        # An admin has it tried again.
        _S.WARNING: frozenset({_S.WAITING}),
        _S.ERROR: frozenset({_S.WAITING}),
    }
)

READY: Final = frozenset({_S.WAITING, _S.RUNNING})
"""It may be carried out, or is."""

HOLDING: Final = READY | {_S.NEW, _S.APPROVED}
"""It holds up the younger ones of its object: those run in the order in which they were accepted. What waits
for a person holds nobody up."""

ENDED: Final = frozenset({_S.SUCCESS, _S.WARNING, _S.ERROR, _S.DENIED})
"""Nothing more happens to it unless somebody wants it to."""

UNFINISHED: Final = frozenset(_S) - ENDED

RETRIED: Final = EVENT_MOVES.predecessors(_S.WAITING) & ENDED
"""Of which an admin may order another try."""
