"""What the room's controllers are given."""

from __future__ import annotations

from dataclasses import dataclass

from barbican_like.activity.events.service import Events
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.http.queries import Queries
from barbican_like.activity.subscriptions.service import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a controller may use besides the frame."""

    events: Events
    live_url: str  # the gateway's address, see :func:`barbican_like.common.live_address.live_url`
    catalogue: Catalogue  # of what the feed tells of
    queries: Queries
    subscriptions: Subscriptions
    registration_open: bool  # whether people without credentials may ask to be let in
    public_url: str  # the room's address as people reach it; blank where nobody has said it
