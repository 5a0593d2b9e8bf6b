"""What the schemas of the room's requests depend on."""

from __future__ import annotations

from dataclasses import dataclass

from barbican_like.activity.http.queries import Queries
from barbican_like.activity.subscriptions.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Known when the program is put together."""

    longest_token: int  # seconds that a token may last
    queries: Queries  # of the feed
    targets: Targets  # of subscriptions
