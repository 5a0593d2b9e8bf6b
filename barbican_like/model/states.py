"""The states of orders and tasks, each machine as one table."""

from __future__ import annotations

from enum import StrEnum

from barbican_like.common.states import TransitionTable


class OrderStatus(StrEnum):
    """Where an order stands; the names are the API's."""

    PENDING = "PENDING"  # accepted durably; a task row exists that will finish it
    ACTIVE = "ACTIVE"  # done: its secret or container exists
    ERROR = "ERROR"  # given up: error_status_code and error_reason say why


ORDER_MOVES = TransitionTable(
    {
        OrderStatus.PENDING: frozenset({OrderStatus.ACTIVE, OrderStatus.ERROR}),
        OrderStatus.ACTIVE: frozenset(),
        OrderStatus.ERROR: frozenset(),
    }
)


class TaskState(StrEnum):
    """Where a task stands: no column says it, it follows from claimed_by and claim_expires of its row."""

    SCHEDULED = "SCHEDULED"  # unclaimed: waits for its run_at, or for a worker
    CLAIMED = "CLAIMED"  # a worker holds it until claim_expires, and renews that
    EXPIRED = "EXPIRED"  # its worker did not renew: anyone may claim it
    DONE = "DONE"  # finished; the row was deleted in the transaction that wrote the result
    FAILED = "FAILED"  # given up; the row was deleted in the transaction that wrote the entity's error


TASK_MOVES = TransitionTable(
    {
        TaskState.SCHEDULED: frozenset({TaskState.CLAIMED}),
        TaskState.CLAIMED: frozenset(
            {TaskState.DONE, TaskState.FAILED, TaskState.SCHEDULED, TaskState.EXPIRED}
        ),
        # A late worker may still finish, as long as nobody else has claimed since (the fence tells).
        TaskState.EXPIRED: frozenset(
            {TaskState.CLAIMED, TaskState.DONE, TaskState.FAILED, TaskState.SCHEDULED}
        ),
        TaskState.DONE: frozenset(),
        TaskState.FAILED: frozenset(),
    }
)
