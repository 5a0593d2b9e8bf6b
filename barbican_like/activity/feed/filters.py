"""What a reader wants of the feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from barbican_like.activity.feed.audience import entitled
from barbican_like.activity.models import OBJECT_TYPES, Change

Wanted = frozenset[str] | None
"""Any of these; None: whatever."""

Keep = Callable[[Change], bool]
"""Whether a row is for a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A row is wanted where all that is not None has one of the values."""

    name: Wanted = None  # of the feed's kinds of objects, such as secrets
    object: Wanted = None  # types of objects, such as SECRET
    id: Wanted = None  # of the object
    op: Wanted = None
    status: Wanted = None  # after the change
    actor: Wanted = None
    consumer: Wanted = None  # services, one of which is registered on the object

    def wants(self, change: Change) -> bool:
        """Whether it wants a row."""
        return _fits(self.op, change.op) and _fits(self.actor, change.actor) and self.wants_object(change)

    def wants_object(self, change: Change) -> bool:
        """Whether it wants a row's object, whatever happened to it and by whom."""
        return (
            _fits(self.name, change.name)
            and _fits(self.object, OBJECT_TYPES[change.name])
            and _fits(self.id, change.object_id)
            and _fits(self.status, change.new_status)
            and (self.consumer is None or not self.consumer.isdisjoint(entitled(change).consumers))
        )


def _fits(wanted: Wanted, value: str | None) -> bool:
    return wanted is None or value in wanted
