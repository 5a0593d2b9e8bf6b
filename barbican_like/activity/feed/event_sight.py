"""What a caller may see of events in the feed: what a GET would show him."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from barbican_like.activity.events import telling
from barbican_like.activity.registry.person import Person
from barbican_like.activity.repository.events import EventFilter, EventRepo, Sight
from barbican_like.activity.states import UNFINISHED
from barbican_like.common.notices import PRESENT, Audience, Notice
from barbican_like.model.unit_of_work import Repositories

EVENTS: Final = "activity"
"""The feed's name of them."""

_AT_ONCE: Final = 500  # events of one statement
_ALL: Final = Sight(all=True)


class EventSight:
    """That of events: those whose user he is, and those over whose objects he is a PI."""

    def sees(self, person: Person, audience: Audience) -> bool:
        """Whether an event is his to see."""
        names = {person.urn, person.login} - {None}
        return person.is_over(audience) or not names.isdisjoint(audience.members)

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """Those that have not ended, the newest first."""
        before: int | None = None
        while True:
            wanted = EventFilter(status=UNFINISHED, before=before, limit=_AT_ONCE)
            events = view.of(EventRepo).list(wanted, _ALL)
            yield from (telling.about(event, PRESENT, None) for event in events)
            if len(events) < _AT_ONCE:
                return
            before = events[-1].number
