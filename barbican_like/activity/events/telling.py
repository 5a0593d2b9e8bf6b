"""What the feed is told of an event."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.event import Event
from barbican_like.activity.events.showing import snapshot
from barbican_like.activity.states import EventStatus
from barbican_like.common.notices import PRESENT, Audience, Notice

EVENT: Final = "event"
"""What notices call one."""


def about(event: Event, op: str, old: EventStatus | None, actor: str | None = None) -> Notice:
    """The notice of an event.

    :param event: as it now is.
    :param op: created, updated, or initial.
    :param old: its status before.
    :param actor: who has changed it.
    """
    author = event.author
    return Notice(
        object=EVENT,
        id=event.id,
        op=op,
        old=old,
        new=event.status,
        actor=actor,
        event_id=event.id,
        audience=Audience(
            project_id=author.project_id,
            creator_id=author.user_id,
            above=event.above,
            members=() if author.name is None else (author.name,),
        ),
        snapshot=snapshot(event),
        at=event.updated_at if op == PRESENT else None,
    )
