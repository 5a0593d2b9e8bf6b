"""Registrations: what somebody without credentials may ask for, once his address is confirmed.

The link of the confirmation is in a mail and nowhere else. It is followed once, within a day, by POST: mail
scanners follow links by GET.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from barbican_like.activity.event import Author, Event, LogType, NewEvent
from barbican_like.activity.events.asking import creation_of
from barbican_like.activity.events.journal import Journal, line
from barbican_like.activity.mail.links import digest_of
from barbican_like.activity.registry import data as checked
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import FOUNDERS, THINGS, ThingKind, ThingType
from barbican_like.activity.repository.confirmations import ConfirmationRepo
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.states import EventStatus
from barbican_like.common.errors import NotFound, SchemaMismatch
from barbican_like.model.unit_of_work import Repositories, UnitOfWork

_TERMS: Final = "terms"
_MOST_FOUNDERS: Final = 20
_NOBODY: Final = Caller(login=None, user=None, is_admin=False)
NOBODY: Final = Author(name=None, user_id=None, is_admin=False, project_id=None, is_anonymous=True)
"""Who asks for it, as its event keeps that."""

KINDS: Final = frozenset({ThingType.USER, ThingType.AUTHORITY})
"""The types of things that may be registered."""


def registration_of(registry: Registry, kind: ThingKind, body: Mapping[str, Any]) -> NewEvent:
    """The event that a registration asks for.

    :param body: of a user; or of an authority with ``users``, who are made its users and PIs with it.
    :raises SchemaMismatch: its path begins at the body.
    :raises Forbidden: when only admins set one of the properties.
    """
    if body.get(_TERMS) is not True:
        raise checked.fault(kind, _TERMS, f"'{_TERMS}' must be true")
    if kind.type is ThingType.USER:
        return replace(creation_of(registry, _NOBODY, kind, body), notify=True)
    given = {name: value for name, value in body.items() if name not in {_TERMS, FOUNDERS}}
    new = creation_of(registry, _NOBODY, kind, given)
    founders = _founders(kind, body.get(FOUNDERS), new.object_id)
    return replace(new, notify=True, data={**(new.data or {}), FOUNDERS: founders})


def _founders(kind: ThingKind, value: object, authority: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_FOUNDERS:
        raise checked.fault(kind, FOUNDERS, f"'{FOUNDERS}' has 1 to {_MOST_FOUNDERS} people")
    names: set[str] = set()
    founders: list[Mapping[str, Any]] = []
    for number, one in enumerate(value):
        try:
            if not isinstance(one, dict) or one.keys() - {"first_name", "last_name", "email"}:
                raise checked.fault(
                    THINGS[ThingType.USER], "", "only first_name, last_name and email are wanted"
                )
            new = checked.creation(THINGS[ThingType.USER], {**one, "authority": authority})
        except SchemaMismatch as error:
            raise error.inside(str(number)).inside(FOUNDERS) from None
        if new.id in names:
            raise checked.fault(kind, FOUNDERS, "two of the people would have one name")
        names.add(new.id)
        founders.append(new.data)
    return founders


def event_of_link(view: Repositories, token: str) -> str:
    """The id of the event that a link belongs to.

    :raises NotFound: when it was followed, or has expired, or is none.
    """
    event_id = view.of(ConfirmationRepo).find(digest_of(token))
    if event_id is None:
        raise NotFound("Not Found. The link was used, or has expired.")
    return event_id


def confirm(uow: UnitOfWork, journal: Journal, token: str) -> Event:
    """Follow a link; that and every other link of the event is used then.

    :raises NotFound: as above.
    """
    event = uow.of(EventRepo).lock(event_of_link(uow, token))
    if event.status is not EventStatus.CONFIRM:
        raise NotFound("Not Found. The link was used, or has expired.")
    uow.of(ConfirmationRepo).remove(event.id)
    return journal.move(uow, event, EventStatus.PENDING, [line("The address was confirmed")])


def expire(uow: UnitOfWork, journal: Journal, before: datetime, limit: int) -> int:
    """End some registrations that nobody has confirmed in time; returns how many were looked at.

    :param before: those that were accepted before this time.
    """
    events = uow.of(EventRepo)
    found = events.unconfirmed(before, limit)
    for event_id in found:
        event = events.lock(event_id)
        if event.status is EventStatus.CONFIRM:
            said = line("The address was not confirmed in time", LogType.ERROR)
            journal.move(uow, event, EventStatus.ERROR, [said])
            uow.of(ConfirmationRepo).remove(event_id)
    return len(found)
