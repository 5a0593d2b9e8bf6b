"""The room's kinds of tasks."""

from __future__ import annotations

import math
from typing import Final

from barbican_like.queue.kinds import Retries, TaskKind

LANE: Final = "activity"
DELIVERIES: Final = "deliveries"
"""What waits for receivers, who may take their time."""

PROCESS_ACTIVITY_RETENTION: Final = TaskKind(
    name="process_activity_retention",
    entity="feed",
    lane=LANE,
    retries=Retries(patience=math.inf),
)
"""Removes what the feed keeps no longer. There is always one, which goes on for ever."""

PROCESS_ACTIVITY_EVENT: Final = TaskKind(name="process_activity_event", entity="event", lane="events")
"""Routes an event, carries it out when its turn has come, and says how it ended."""

PROCESS_ACTIVITY_DELIVERY: Final = TaskKind(
    name="process_activity_delivery",
    entity="subscription",
    lane=DELIVERIES,
    retries=Retries(patience=172_800.0, first=1.0, longest=900.0),
    time_limit=120.0,
)
"""Delivers what has come since the last time, to one subscription."""

PROCESS_ACTIVITY_MAIL: Final = TaskKind(
    name="process_activity_mail",
    entity="mail",
    lane="mails",
    retries=Retries(patience=172_800.0, first=1.0, longest=900.0),
    time_limit=120.0,
)
"""Sends one mail to one recipient."""
