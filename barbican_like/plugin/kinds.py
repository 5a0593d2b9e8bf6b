"""The key manager's kinds of tasks, which the API owes and the workers do."""

from __future__ import annotations

from typing import Final

from barbican_like.queue.kinds import Retries, TaskKind

ORDERS: Final = "orders"
PAIRS: Final = "pairs"
PROJECTS: Final = "projects"

_DAY: Final = 86_400.0

PROCESS_TYPE_ORDER: Final = TaskKind(
    name="process_type_order",
    entity="order_id",
    lane=ORDERS,
    retries=Retries(patience=_DAY),
    time_limit=60.0,
    together=8,
)
"""An order for a symmetric key: random bytes, a millisecond."""

PROCESS_PAIR_ORDER: Final = TaskKind(
    name="process_pair_order",
    entity="order_id",
    lane=PAIRS,
    retries=Retries(patience=_DAY),
    time_limit=1_800.0,  # a DSA pair of 4096 bits takes minutes on a slow machine
)
"""An order for a key pair, which takes seconds of a processor and must not hold up the others."""

PROCESS_PROJECT_DELETION: Final = TaskKind(
    name="process_project_deletion",
    entity="row_id",
    lane=PROJECTS,
    retries=Retries(patience=30 * _DAY),
    time_limit=3_600.0,
)
"""The end of a project that was deleted, by our own id of it."""


def of_order(order_type: str) -> TaskKind:
    """The kind that works orders of a type."""
    return PROCESS_PAIR_ORDER if order_type == "asymmetric" else PROCESS_TYPE_ORDER
