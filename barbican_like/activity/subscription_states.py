"""The states of subscriptions."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from barbican_like.common.states import TransitionTable


class SubscriptionStatus(StrEnum):
    """Where a subscription stands; the names are the API's."""

    ACTIVE = "ACTIVE"  # what comes is delivered
    PAUSED = "PAUSED"  # its owner wants nothing for a while
    DISABLED = "DISABLED"  # ended by this program: `problem` says why


SUBSCRIPTION_MOVES: Final = TransitionTable(
    {
        SubscriptionStatus.ACTIVE: frozenset({SubscriptionStatus.PAUSED, SubscriptionStatus.DISABLED}),
        SubscriptionStatus.PAUSED: frozenset({SubscriptionStatus.ACTIVE}),
        SubscriptionStatus.DISABLED: frozenset({SubscriptionStatus.ACTIVE}),
    }
)
