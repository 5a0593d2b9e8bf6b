"""What readers see by what they are in the registry: its things, and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from barbican_like.activity.feed import registry_sights
from barbican_like.activity.feed.event_sight import EVENTS, EventSight
from barbican_like.activity.registry.person import Person
from barbican_like.common.notices import Audience, Notice
from barbican_like.model.unit_of_work import Repositories


class PersonalSight(Protocol):
    """That of one kind of objects."""

    def sees(self, person: Person, audience: Audience) -> bool:
        """Whether an object is one's to see."""

    def objects(self, view: Repositories) -> Iterable[Notice]:
        """Those that there are."""


SIGHTS: Final[Mapping[str, PersonalSight]] = MappingProxyType(
    {**registry_sights.SIGHTS, EVENTS: EventSight()}
)
"""By the feed's names of the objects."""
