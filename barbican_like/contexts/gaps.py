"""What a subscriber has lost, by gaps in the numbers of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barbican_like.contexts.messages import OWN_TOPICS


class Gaps:
    """Follows the numbers of every sender on every topic."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], int] = {}

    def lost_before(self, topic: str, message: Mapping[str, Any]) -> int:
        """How many of the same sender and topic are missing between the last one seen and this one."""
        header = message.get("header")
        number = header.get("seq") if isinstance(header, dict) else None
        if not isinstance(header, dict) or not isinstance(number, int):
            return 0
        # The context counts on each of its topics; a service in each of its lives.
        own = topic in OWN_TOPICS
        sender = (
            (topic,)
            if own
            else (topic, str(header.get("transaction")), str(header.get("service_transaction")))
        )
        last = self._last.get(sender, number - 1)
        self._last[sender] = number
        return max(0, number - last - 1)
