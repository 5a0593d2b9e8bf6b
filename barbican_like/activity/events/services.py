"""The services that carry events out, one for each group of types: a table, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from barbican_like.activity.event import Event, LogLine, LogType
from barbican_like.activity.registry import applying
from barbican_like.activity.registry.applying import Tell
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.telling import Cause
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.states import EventStatus
from barbican_like.common import clock


@dataclass(frozen=True, slots=True)
class Service:
    """Carries out the events of some types of objects.

    :param name: as logs name it.
    """

    name: str

    def carry_out(self, registry: Registry, event: Event, tell: Tell) -> tuple[EventStatus, LogLine]:
        """Do what an event asks for; the status that it ends with, and a line about it.

        What is so already needs nothing, and is a success.

        :param tell: tells the feed of what has changed.
        :raises Unfit: when it cannot be done, now or later.
        """
        change = applying.Change(
            action=event.action,
            type=event.object_type,
            id=event.object_id,
            data=event.data or {},
            cause=Cause(event_id=event.id, actor=event.author.name),
        )
        changed = applying.apply(registry, change, tell)
        what = "done" if changed else "nothing had to be changed"
        said = LogLine(timestamp=clock.now(), type=LogType.INFO, message=f"{self.name}: {what}")
        return EventStatus.SUCCESS, said


_USERS: Final = Service("users")
_AUTHORITIES: Final = Service("authorities")
_EXPERIMENTS: Final = Service("experiments")
_RESOURCES: Final = Service("resources")

SERVICES: Final[Mapping[ThingType, Service]] = MappingProxyType(
    {
        ThingType.USER: _USERS,
        ThingType.AUTHORITY: _AUTHORITIES,
        ThingType.PROJECT: _EXPERIMENTS,
        ThingType.SLICE: _EXPERIMENTS,
        ThingType.RESOURCE: _RESOURCES,
        ThingType.LEASE: _RESOURCES,
    }
)
"""By the type of the object."""
