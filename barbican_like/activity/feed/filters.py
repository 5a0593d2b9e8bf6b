"""What a reader wants of the feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from barbican_like.activity.feed.audience import consumers_of
from barbican_like.activity.models import Change

Wanted = frozenset[str] | None
"""Any of these; None: whatever."""

Keep = Callable[[Change], bool]
"""Whether a row is for a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A row is wanted where all that is not None has one of the values."""

    name: Wanted = None  # of the feed's kinds of objects, such as secrets
    object: Wanted = None  # the same, as they were wanted by the types of their objects
    id: Wanted = None  # of the object
    op: Wanted = None
    status: Wanted = None  # after the change
    actor: Wanted = None
    consumer: Wanted = None  # services, one of which is registered on the object

    def names(self, known: Iterable[str]) -> tuple[str, ...]:
        """Those kinds of objects of which it may want some."""
        return tuple(name for name in known if _fits(self.name, name) and _fits(self.object, name))

    def wants(self, change: Change) -> bool:
        """Whether it wants a row."""
        return _fits(self.op, change.op) and _fits(self.actor, change.actor) and self.wants_object(change)

    def wants_object(self, change: Change) -> bool:
        """Whether it wants a row's object, whatever happened to it and by whom."""
        return (
            _fits(self.name, change.name)
            and _fits(self.object, change.name)
            and _fits(self.id, change.object_id)
            and _fits(self.status, change.new_status)
            and (self.consumer is None or not self.consumer.isdisjoint(consumers_of(change)))
        )


def _fits(wanted: Wanted, value: str | None) -> bool:
    return wanted is None or value in wanted
