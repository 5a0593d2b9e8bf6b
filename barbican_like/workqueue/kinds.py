"""The room's kinds of tasks: a connection slot, and the end of what is kept."""

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

PROCESS_TRANSFER_RETENTION: Final = TaskKind(
    name="process_transfer_retention",
    entity="queue",
    lane=LANE,  # whose workers have the folder of the logs
    retries=Retries(patience=math.inf),
)
"""Removes jobs that ended long ago. There is always one, which goes on for ever."""
