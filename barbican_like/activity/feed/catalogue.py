"""The kinds of objects that the feed tells of: what rooms have registered, by the names that clients use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from barbican_like.activity.events.telling import EVENT
from barbican_like.activity.feed.event_sight import EVENTS
from barbican_like.activity.registry.things import THINGS
from barbican_like.room import Followed

_OWN: Final = (
    *((kind.type.lower(), kind.collection, kind.type.value) for kind in THINGS.values()),
    (EVENT, EVENTS, "EVENT"),
)
"""What the room itself tells of: kind, name and type."""


class Catalogue:
    """What may be followed.

    :param followed: of all other rooms.
    """

    def __init__(self, followed: Iterable[Followed]) -> None:
        known = tuple(followed)
        self.followed: Mapping[str, Followed] = MappingProxyType({one.name: one for one in known})
        every = ((one.kind, one.name, one.type) for one in known)
        told = (*every, *_OWN)
        self.names: Mapping[str, str] = MappingProxyType({kind: name for kind, name, _ in told})
        """By the kind that notices name; of what is not here there is nothing in the feed."""
        self.types: Mapping[str, str] = MappingProxyType({name: word for _, name, word in told})
        """By name."""
