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
        # An operator has had the dead task of an order tried again.
        OrderStatus.ERROR: frozenset({OrderStatus.ACTIVE}),
    }
)


class TaskStatus(StrEnum):
    """Where a task stands; the first four are values of its row's ``status``, the last two have no row."""

    READY = "READY"  # may be claimed now, in the order of the turns
    CLAIMED = "CLAIMED"  # a worker's lease holds it
    SCHEDULED = "SCHEDULED"  # waits for its due_at
    DEAD = "DEAD"  # given up after its entity was told; an operator may retry or cancel it
    DONE = "DONE"  # finished; the row was deleted in the transaction that wrote the result
    FAILED = "FAILED"  # ended by what it was asked for; the row was deleted with the entity's error


TASK_MOVES = TransitionTable(
    {
        TaskStatus.READY: frozenset({TaskStatus.CLAIMED}),
        TaskStatus.CLAIMED: frozenset(
            {TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.READY, TaskStatus.SCHEDULED, TaskStatus.DEAD}
        ),
        TaskStatus.SCHEDULED: frozenset({TaskStatus.READY}),
        TaskStatus.DEAD: frozenset({TaskStatus.READY}),
        TaskStatus.DONE: frozenset(),
        TaskStatus.FAILED: frozenset(),
    }
)
