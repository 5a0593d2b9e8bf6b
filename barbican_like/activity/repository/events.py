"""Events: written as they are accepted, moved by compare-and-set, found by object and by sight."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    exists,
    false,
    insert,
    or_,
    select,
    true,
    update,
)

from barbican_like.activity.event import Author, Event, LogLine, LogType, Message
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.states import EVENT_MOVES, HOLDING, UNFINISHED, EventStatus
from barbican_like.activity.tables import events
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.repositories.base import Repository

_FIND = select(events).where(events.c.id == bindparam("of_id"))
_LOCK = _FIND.with_for_update()
_INSERT = insert(events).inline()
_OF_OBJECT = events.c.object_id == bindparam("of_object")
_HOLDS_UP = select(
    exists().where(
        _OF_OBJECT,
        or_(
            and_(events.c.number < bindparam("than"), events.c.status.in_(sorted(HOLDING))),
            # A younger one, which has begun while this one waited for somebody.
            and_(events.c.number > bindparam("than"), events.c.status == EventStatus.RUNNING),
        ),
    )
)
_NEXT = (
    select(events)
    .where(_OF_OBJECT, events.c.status == EventStatus.WAITING)
    .order_by(events.c.number)
    .limit(1)
)
_UNCONFIRMED = (
    select(events.c.id)
    .where(events.c.status == EventStatus.CONFIRM, events.c.created_at < bindparam("before"))
    .order_by(events.c.number)
    .limit(bindparam("limit"))
)
_CREATING = select(
    exists().where(_OF_OBJECT, events.c.action == Action.CREATE, events.c.status.in_(sorted(UNFINISHED)))
)
_WRITE = (
    update(events)
    .where(
        events.c.id == bindparam("of_id"),
        events.c.status == bindparam("old"),
        events.c.version == bindparam("read"),
    )
    .values(
        status=bindparam("new"),
        previous_status=bindparam("previous"),
        manager=bindparam("decided_by"),
        log=bindparam("lines"),
        messages=bindparam("said"),
        notify=bindparam("tells"),
        updated_at=bindparam("now"),
        version=bindparam("written"),
    )
)
_AROUND: Final = "|"  # stands in no id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose events somebody sees."""

    all: bool = False  # an admin
    names: frozenset[str] = frozenset()  # his own: the URN, the login
    pi_of: frozenset[str] = frozenset()  # authorities and projects

    def sees(self, event: Event) -> bool:
        """Whether he sees an event."""
        return self.all or event.author.name in self.names or not self.pi_of.isdisjoint(event.above)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events a list shows: any of the values of each member that has some."""

    action: Collection[str] | None = None
    status: Collection[str] | None = None
    object_type: Collection[str] | None = None
    before: int | None = None  # the number of the last one of the page before
    limit: int = 10

    def page(self, *, before: int | None, limit: int) -> EventFilter:
        """The same, of which another part is shown."""
        return replace(self, before=before, limit=limit)


class EventRepo(Repository):
    """Events of everybody."""

    def add(self, event: Event) -> None:
        """Write a new one; its number is drawn now, so the lock of its object must be held."""
        author = event.author
        values = {
            "id": event.id,
            "action": event.action,
            "is_request": event.is_request,
            "user_name": author.name,
            "user_id": author.user_id,
            "is_admin": author.is_admin,
            "is_anonymous": author.is_anonymous,
            "project_id": author.project_id,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "above": _ids(event.above),
            "data": None if event.data is None else orjson.dumps(event.data).decode(),
            "notify": event.notify,
            "status": event.status,
            "previous_status": event.previous_status,
            "manager": event.manager,
            "log": _lines(event.log),
            "messages": _said(event.messages),
            "created_at": event.created_at,
            "updated_at": event.updated_at,
            "version": event.version,
        }
        self._connection.execute(_INSERT, values)

    def find(self, event_id: str) -> Event | None:
        """An event of anybody's."""
        row = self._connection.execute(_FIND, {"of_id": event_id}).one_or_none()
        return None if row is None else event_of(row)

    def lock(self, event_id: str) -> Event:
        """The same, which nobody else changes until the commit.

        :raises NotFound: when there is none.
        """
        row = self._connection.execute(_LOCK, {"of_id": event_id}).one_or_none()
        if row is None:
            raise NotFound
        return event_of(row)

    def write(self, before: Event, after: Event) -> None:
        """Write what has become of an event, unless another was faster.

        :raises IllegalMove: when its status may not follow the one before: a defect of the caller.
        :raises Conflict: when it is not any more as it was read.
        """
        if after.status is not before.status:
            EVENT_MOVES.require(before.status, after.status)
        values = {
            "of_id": before.id,
            "old": before.status,
            "read": before.version,
            "new": after.status,
            "previous": after.previous_status,
            "decided_by": after.manager,
            "lines": _lines(after.log),
            "said": _said(after.messages),
            "tells": after.notify,
            "now": after.updated_at,
            "written": after.version,
        }
        if self._connection.execute(_WRITE, values).rowcount != 1:
            raise Conflict("The event is not any more as it was")

    def is_held_up(self, event: Event) -> bool:
        """Whether another event of its object has to end before."""
        values = {"of_object": event.object_id, "than": event.number}
        return bool(self._connection.execute(_HOLDS_UP, values).scalar_one())

    def next_waiting(self, event: Event) -> Event | None:
        """Of what waits for the same object the oldest."""
        row = self._connection.execute(_NEXT, {"of_object": event.object_id}).one_or_none()
        return None if row is None else event_of(row)

    def is_being_created(self, object_id: str) -> bool:
        """Whether an event that creates something of this name is unfinished."""
        return bool(self._connection.execute(_CREATING, {"of_object": object_id}).scalar_one())

    def unconfirmed(self, before: datetime, limit: int) -> Sequence[str]:
        """The ids of some registrations that were accepted before a time and wait for their link."""
        values = {"before": before, "limit": limit}
        return self._connection.execute(_UNCONFIRMED, values).scalars().all()

    def list(self, wanted: EventFilter, sight: Sight) -> Sequence[Event]:
        """Some events, the newest first."""
        statement = select(events).where(*_conditions(wanted), _seen(sight))
        statement = statement.order_by(events.c.number.desc()).limit(wanted.limit)
        return [event_of(row) for row in self._connection.execute(statement)]


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    columns = {
        events.c.action: wanted.action,
        events.c.status: wanted.status,
        events.c.object_type: wanted.object_type,
    }
    conditions: list[ColumnElement[bool]] = [
        column.in_(sorted(values)) for column, values in columns.items() if values is not None
    ]
    if wanted.before is not None:
        conditions.append(events.c.number < wanted.before)
    return conditions


def _seen(sight: Sight) -> ColumnElement[bool]:
    if sight.all:
        return true()
    mine = events.c.user_name.in_(sorted(sight.names)) if sight.names else false()
    below = (events.c.above.contains(_ids((one,)), autoescape=True) for one in sorted(sight.pi_of))
    return or_(mine, *below)


def _ids(above: Sequence[str]) -> str:
    """Ids in a text in which each of them is found as a whole."""
    return f"{_AROUND}{_AROUND.join(above)}{_AROUND}" if above else ""


def _lines(log: Sequence[LogLine]) -> str:
    return orjson.dumps([[one.timestamp, one.type, one.message] for one in log]).decode()


def _said(messages: Sequence[Message]) -> str:
    return orjson.dumps([[one.timestamp, one.sender, one.message] for one in messages]).decode()


def event_of(row: Row[Any]) -> Event:
    """A row as a value."""
    return Event(
        number=row.number,
        id=row.id,
        action=Action(row.action),
        is_request=row.is_request,
        author=Author(
            name=row.user_name,
            user_id=row.user_id,
            is_admin=row.is_admin,
            project_id=row.project_id,
            is_anonymous=row.is_anonymous,
        ),
        object_type=ThingType(row.object_type),
        object_id=row.object_id,
        above=tuple(row.above.strip(_AROUND).split(_AROUND)) if row.above else (),
        data=None if row.data is None else orjson.loads(row.data),
        notify=row.notify,
        status=EventStatus(row.status),
        previous_status=None if row.previous_status is None else EventStatus(row.previous_status),
        manager=row.manager,
        log=tuple(
            LogLine(timestamp=datetime.fromisoformat(at), type=LogType(kind), message=text)
            for at, kind, text in orjson.loads(row.log)
        ),
        messages=tuple(
            Message(timestamp=datetime.fromisoformat(at), sender=sender, message=text)
            for at, sender, text in orjson.loads(row.messages)
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
