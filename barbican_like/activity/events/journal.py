"""The one place where events are written: each write tells the feed, and the mails that it is due to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from barbican_like.activity.event import Author, Event, LogLine, LogType, Message, NewEvent
from barbican_like.activity.events.posts import POSTS, NoPostOffice, PostOffice
from barbican_like.activity.events.telling import about
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.states import EventStatus
from barbican_like.common import clock, ids
from barbican_like.common.errors import Conflict
from barbican_like.common.notices import CREATED, UPDATED
from barbican_like.model.unit_of_work import UnitOfWork

MOST_MESSAGES: Final = 500


class Journal:
    """Writes events.

    :param office: where their mails go.
    """

    def __init__(self, office: PostOffice | None = None) -> None:
        self._office = office or NoPostOffice()

    def begin(self, uow: UnitOfWork, author: Author, new: NewEvent) -> Event:
        """Write an event that was accepted; the lock of its object must be held."""
        now = clock.now()
        event = Event(
            number=0,  # the database draws it
            id=ids.new_id(),
            action=new.action,
            is_request=new.is_request,
            author=author,
            object_type=new.object_type,
            object_id=new.object_id,
            above=new.above,
            data=new.data,
            notify=new.notify,
            status=EventStatus.NEW,
            previous_status=None,
            manager=None,
            log=(),
            messages=(),
            created_at=now,
            updated_at=now,
            version=1,
        )
        uow.of(EventRepo).add(event)
        _tell(uow, event, CREATED, None)
        return event

    def move(
        self,
        uow: UnitOfWork,
        event: Event,
        status: EventStatus,
        log: Sequence[LogLine] = (),
        *,
        message: Message | None = None,
        manager: str | None = None,
        notify: bool | None = None,
    ) -> Event:
        """Write an event's next status, which another must not have written meanwhile; the event after it.

        :param log: what its log gets.
        :param message: what is said with it.
        :param manager: who has decided.
        :param notify: whether people are told from now on; None: as before.
        :raises Conflict: when somebody was faster.
        """
        after = replace(
            event,
            status=status,
            previous_status=event.status,
            log=(*event.log, *log),
            messages=event.messages if message is None else (*event.messages, message),
            manager=event.manager if manager is None else manager,
            notify=event.notify if notify is None else notify,
        )
        written = self._write(uow, event, after)
        post = POSTS.get((event.status, status))
        if post is not None and written.notify:
            # Not the event's last message: a comment is between those who decide.
            lines = [one.message for one in log] if message is None else [message.message]
            self._office.take(uow, written, post, lines[-1] if lines else "")
        return written

    def note(self, uow: UnitOfWork, event: Event, log: Sequence[LogLine]) -> Event:
        """Add lines to an event's log.

        :raises Conflict: when somebody was faster.
        """
        return self._write(uow, event, replace(event, log=(*event.log, *log)))

    def comment(self, uow: UnitOfWork, event: Event, message: Message) -> Event:
        """Add what somebody has said.

        :raises Conflict: when somebody was faster, or there is as much as may be.
        """
        if len(event.messages) >= MOST_MESSAGES:
            raise Conflict(f"The event has {MOST_MESSAGES} messages already")
        return self._write(uow, event, replace(event, messages=(*event.messages, message)))

    def _write(self, uow: UnitOfWork, before: Event, after: Event) -> Event:
        written = replace(after, updated_at=clock.now(), version=before.version + 1)
        uow.of(EventRepo).write(before, written)
        _tell(uow, written, UPDATED, before.status)
        return written


def line(message: str, kind: LogType = LogType.INFO) -> LogLine:
    """A line of a log, as of now."""
    return LogLine(timestamp=clock.now(), type=kind, message=message)


def _tell(uow: UnitOfWork, event: Event, op: str, old: EventStatus | None) -> None:
    if uow.is_observed:
        uow.tell(about(event, op, old, uow.actor))
