"""The room's kinds of tasks."""

from __future__ import annotations

import math
from typing import Final

from barbican_like.queue.kinds import Retries, TaskKind

LANE: Final = "activity"

PROCESS_ACTIVITY_RETENTION: Final = TaskKind(
    name="process_activity_retention",
    entity="feed",
    lane=LANE,
    retries=Retries(patience=math.inf),
)
"""Removes what the feed keeps no longer. There is always one, which goes on for ever."""
