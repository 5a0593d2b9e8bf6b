"""What a websocket may watch: the feed's kinds of objects, and requests, which are a part of the events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from barbican_like.activity.feed.event_sight import EVENTS
from barbican_like.activity.live.tail import Row
from barbican_like.activity.models import Change
from barbican_like.activity.states import EventStatus

REQUESTS: Final = "requests"


def names(of_feed: Iterable[str]) -> tuple[str, ...]:
    """All that may be watched.

    :param of_feed: the feed's names of kinds of objects.
    """
    return (*of_feed, REQUESTS)


def source(name: str) -> str:
    """The feed's name of what is watched."""
    return EVENTS if name == REQUESTS else name


def is_told(name: str, change: Change) -> bool:
    """Whether a row is for those who watch a name: of requests those that begin or cease to wait."""
    if name != REQUESTS:
        return change.name == name
    pending = EventStatus.PENDING
    return change.name == EVENTS and (change.old_status == pending) is not (change.new_status == pending)


def is_there(name: str, state: Change) -> bool:
    """Whether an object that is there is one of those of a name."""
    return name != REQUESTS or state.new_status == EventStatus.PENDING


def message(name: str, row: Row) -> str:
    """What those who watch a name are told of a row."""
    return row.message_for(name) if name == REQUESTS else row.message
