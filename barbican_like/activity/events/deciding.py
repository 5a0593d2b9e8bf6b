"""Who may do, see and decide what events ask for, by what the registry has stored when it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barbican_like.activity.event import Author, Event
from barbican_like.activity.registry import privilege
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import ADMINS_ALONE, Caller, Standing
from barbican_like.activity.registry.standing import ends_of, standings_of
from barbican_like.activity.registry.things import THINGS, Action
from barbican_like.activity.repository.events import Sight
from barbican_like.activity.states import EventStatus

_GONE = "{} is not there any more"


def author_of(caller: Caller, project_id: str) -> Author:
    """Who asks for a change, as its event keeps it."""
    return Author(name=caller.name, user_id=caller.login, is_admin=caller.is_admin, project_id=project_id)


def sight_of(registry: Registry, caller: Caller) -> Sight:
    """Whose events somebody sees: his own, those over whose objects he is a PI, all of them."""
    if caller.is_admin:
        return Sight(all=True)
    names = frozenset(name for name in (caller.urn, caller.login) if name is not None)
    return Sight(names=names, pi_of=frozenset() if caller.urn is None else registry.pi_of(caller.urn))


def route(registry: Registry, event: Event) -> tuple[EventStatus, str]:
    """Where a NEW event goes, and a line about it.

    Nothing that its user has said counts here but the names of the object and of what it is to be under.
    """
    author = event.author
    if author.is_anonymous:
        return EventStatus.CONFIRM, "The address has to be confirmed"
    user = None
    if author.is_registered:
        user = registry.find(author.name or "")
        if user is None:
            return EventStatus.ERROR, _GONE.format(author.name)
    missing, standings = ends(registry, event)
    if standings is None:
        return EventStatus.ERROR, _GONE.format(missing)
    if event.is_request:
        return EventStatus.PENDING, "Somebody has to decide, as was asked for"
    caller = Caller(login=author.user_id, user=user, is_admin=author.is_admin)
    if privilege.may_change(caller, standings):
        return EventStatus.WAITING, "Its user has the privilege"
    return EventStatus.PENDING, "Somebody has to decide: its user has not the privilege"


def ends(registry: Registry, event: Event) -> tuple[str | None, Sequence[Standing] | None]:
    """The standings at the ends of what an event changes; none where one of the ends is not there.

    :returns: the id of what is not there, and the standings.
    """
    thing = None
    if event.action is not Action.CREATE:
        thing = registry.find(event.object_id)
        if thing is None or thing.type is not event.object_type:
            return event.object_id, None
    ids = privilege.ends(THINGS[event.object_type], thing, properties(event))
    standings = ends_of(registry, ids)
    return (None, standings) if standings is not None else (ids[-1], None)


def executable(registry: Registry, caller: Caller, events: Sequence[Event]) -> Mapping[str, bool]:
    """For requests whether somebody may decide them, by their ids, in a few looks at the registry."""
    things = {one.id: one for one in registry.several({event.object_id for event in events})}
    ids = {
        event.id: privilege.ends(
            THINGS[event.object_type],
            None if event.action is Action.CREATE else things.get(event.object_id),
            properties(event),
        )
        for event in events
    }
    wanted = {one for several in ids.values() for one in several if one is not None}
    things |= {one.id: one for one in registry.several(wanted - things.keys())}
    known = [things[one] for one in sorted(wanted & things.keys())]
    standings = dict(zip([one.id for one in known], standings_of(registry, known), strict=True))
    return {
        event.id: may_decide(caller, event, [standings.get(one or "", ADMINS_ALONE) for one in ids[event.id]])
        for event in events
    }


def may_decide(caller: Caller, event: Event, standings: Sequence[Standing]) -> bool:
    """Whether somebody may approve or deny a request; of what is not there any more only admins may."""
    if event.is_by(caller.name, caller.login):
        return False
    return privilege.may_decide(caller, standings, event.author.name)


def properties(event: Event) -> Mapping[str, object]:
    """The properties among an event's data."""
    return event.data or {} if event.action in {Action.CREATE, Action.UPDATE} else {}
