"""The kind of task that a connection slot is."""

from __future__ import annotations

import math
from typing import Final

from barbican_like.queue.kinds import Retries, TaskKind

LANE: Final = "transfers"

PROCESS_TRANSFER_SLOT: Final = TaskKind(
    name="process_transfer_slot",
    entity="slot_id",
    lane=LANE,
    # A slot is never given up: elements have tries, and those that lose workers end by themselves.
    retries=Retries(patience=math.inf, losses=2**31 - 1, longest=10.0),
    time_limit=math.inf,  # a file may take days; each operation has its own bounds
)
