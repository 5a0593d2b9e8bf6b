"""What one event does to the registry: its action is carried out, and the feed is told, in one transaction.

All of it is idempotent but CREATE and DELETE, which find that the name is taken or the thing is gone. What
is refused is refused for good (:class:`.faults.Unfit`); everything else that is raised may heal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from barbican_like.activity.registry import data as checked
from barbican_like.activity.registry import schedule, telling
from barbican_like.activity.registry.data import LinkChange, NewThing
from barbican_like.activity.registry.faults import NoSuchThing, TimesUnfit, TooMany
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.standing import standing_of
from barbican_like.activity.registry.telling import Cause
from barbican_like.activity.registry.things import FOUNDERS, THINGS, Action, Thing, ThingType
from barbican_like.common.notices import CREATED, DELETED, UPDATED, Notice

Tell = Callable[[Notice], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done."""

    action: Action
    type: ThingType
    id: str  # the object's; of a CREATE the one that was drawn when it was accepted
    data: Mapping[str, Any]  # as they were checked then
    cause: Cause = Cause()  # noqa: RUF009  frozen


def apply(registry: Registry, change: Change, tell: Tell) -> bool:
    """Carry out a change; whether anything is otherwise than before.

    :param tell: of the unit of work that the registry writes in.
    :raises Unfit: when it cannot be, now or later.
    """
    if change.action is Action.CREATE:
        _create(registry, change, tell)
        return True
    if change.action is Action.DELETE:
        _delete(registry, change, tell)
        return True
    before = _held(registry, change)
    after, what = _edited(registry, change, before)
    if (after.values, after.lists) == (before.values, before.lists):
        return False
    tell(telling.about(registry, after, UPDATED, what, change.cause))
    return True


def _create(registry: Registry, change: Change, tell: Tell) -> None:
    founders = change.data.get(FOUNDERS, ()) if change.type is ThingType.AUTHORITY else ()
    own = {name: value for name, value in change.data.items() if not (founders and name == FOUNDERS)}
    new = checked.stored(change.type, change.id, own)
    if change.type is ThingType.SLICE:
        new = _with_pis(registry, new)
    elif change.type is ThingType.LEASE:
        new = replace(new, values={**new.values, **_times(schedule.span, new.values)})
    tell(telling.about(registry, registry.create(new), CREATED, None, change.cause))
    if founders:
        _found(registry, change, founders, tell)


def _found(registry: Registry, change: Change, founders: Sequence[Mapping[str, Any]], tell: Tell) -> None:
    """Make the people who have registered an authority, and make them its PIs."""
    kind, made = THINGS[ThingType.USER], []
    for founder in founders:
        user = registry.create(checked.creation(kind, founder))
        tell(telling.about(registry, user, CREATED, None, change.cause))
        made.append(user.id)
    name = "pi_users"
    tell(telling.about(registry, registry.add(change.id, name, made), UPDATED, name, change.cause))


def _with_pis(registry: Registry, new: NewThing) -> NewThing:
    """A slice's users with the PIs of its project."""
    project = registry.find(new.values["project"])
    pis = () if project is None else project.lists["pi_users"]
    users = tuple(dict.fromkeys((*new.lists["users"], *pis)))
    return replace(new, lists={**new.lists, "users": users})


def _edited(registry: Registry, change: Change, before: Thing) -> tuple[Thing, str | None]:
    """The thing as it is then, and the list that has changed."""
    if change.action is Action.UPDATE:
        values = change.data
        if change.type is ThingType.LEASE:
            values = _times(schedule.moved, before.values, values)
        return registry.update(change.id, values), None
    links = checked.link_change(THINGS[change.type], dict(change.data))
    if change.action is Action.REMOVE:
        return registry.remove(change.id, links.of.name, links.values), links.of.name
    _require_room(before, links)
    return registry.add(change.id, links.of.name, links.values), links.of.name


def _require_room(before: Thing, links: LinkChange) -> None:
    """Let no list grow without bound by many ADDs; to add what is there is never too much."""
    had = before.lists[links.of.name]
    new = set(links.values).difference(had)
    if new and not links.of.holds(len(had) + len(new)):
        raise TooMany(before.id, links.of.name)


def _delete(registry: Registry, change: Change, tell: Tell) -> None:
    standing = standing_of(registry, _held(registry, change))
    removed = registry.delete(change.id)
    for one in (*removed.others, removed.thing):
        tell(telling.told(one, standing, (DELETED, None), change.cause))
    for one in removed.changed:
        tell(telling.about(registry, one, UPDATED, None, change.cause))


def _held(registry: Registry, change: Change) -> Thing:
    """The thing as it is stored, with its row locked."""
    thing = registry.find(change.id) if registry.lock(change.id) else None
    if thing is None or thing.type is not change.type:
        raise NoSuchThing(change.id)
    return thing


def _times(make: Callable[..., schedule.Span], *values: Mapping[str, Any]) -> dict[str, int]:
    try:
        return make(*values, int(time.time()))._asdict()
    except schedule.BadTimes as error:
        raise TimesUnfit(f"{error.field} {error}") from None
