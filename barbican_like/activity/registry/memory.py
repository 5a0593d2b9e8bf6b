"""A driver that keeps things in memory: for tests, and to show how little a driver is."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from barbican_like.activity.registry.data import NewThing
from barbican_like.activity.registry.faults import (
    Circle,
    InUse,
    LoginTaken,
    NameTaken,
    NoSuchThing,
    Overlap,
    UnknownTarget,
)
from barbican_like.activity.registry.port import Ancestor, Relation, Removed, Wanted, Words
from barbican_like.activity.registry.things import THINGS, Thing, ThingType
from barbican_like.common import clock

_KEYS: Final = "keys"


class MemoryRegistry:
    """See :class:`barbican_like.activity.registry.port.Registry`. There are no transactions in it."""

    def __init__(self) -> None:
        self._things: dict[str, Thing] = {}

    def find(self, thing_id: str) -> Thing | None:
        """A thing by its id."""
        return self._things.get(thing_id)

    def several(self, thing_ids: Collection[str]) -> Sequence[Thing]:
        """Those of some things that are there, by their ids in order."""
        return tuple(self._things[one] for one in sorted(set(thing_ids)) if one in self._things)

    def page(self, thing_type: ThingType, wanted: Wanted, *, after: str, limit: int) -> Sequence[Thing]:
        """Some things of a type, sorted by their ids."""
        found = [one for one in self._of(thing_type) if one.id > after and self._fits(one, wanted)]
        return tuple(found[:limit])

    def user_of(self, user_id: str) -> Thing | None:
        """The user whose id an authenticated user id is, else whose login it is."""
        found = self._things.get(user_id)
        return found if found is not None and found.type is ThingType.USER else self.by_login(user_id)

    def by_login(self, login: str) -> Thing | None:
        """The user who has a login."""
        return next((one for one in self._things.values() if one.values.get("login") == login), None)

    def by_email(self, email: str) -> Sequence[Thing]:
        """The users who have an address, whatever its case."""
        users = self._of(ThingType.USER)
        return tuple(one for one in users if one.values["email"].lower() == email.lower())

    def lineages(self, thing_ids: Collection[str]) -> Mapping[str, Sequence[Ancestor]]:
        """For authorities and projects: they themselves, then what they are under, up to the root."""
        return {one.id: tuple(self._line(one.id)) for one in self.several(thing_ids)}

    def pi_of(self, user_id: str) -> frozenset[str]:
        """The authorities and projects that a user is a PI of by their own lists."""
        found = (one.id for one in self._things.values() if user_id in one.lists.get("pi_users", ()))
        return frozenset(found)

    def derived(self, things: Sequence[Thing], seen_by: str | None) -> Mapping[str, Mapping[str, Any]]:
        """The derived properties of things of one type, by id and property."""
        return {one.id: self._derived(one, seen_by) for one in things}

    def lock(self, thing_id: str) -> bool:
        """Whether it is there: nobody else can change it meanwhile."""
        return thing_id in self._things

    def create(self, new: NewThing) -> Thing:
        """Make a thing with its lists."""
        self._require_targets(new.type, new.values, new.lists)
        if new.type is ThingType.LEASE:
            self._require_free(new.id, new.lists["resources"], new.values)
        if new.id in self._things:
            raise NameTaken(new.id)
        self._require_login(new.id, new.values)
        now = clock.now()
        made = Thing(
            type=new.type,
            id=new.id,
            values=dict(new.values),
            lists={name: _ordered(name, values) for name, values in new.lists.items()},
            created_at=now,
            updated_at=now,
        )
        self._things[new.id] = made
        return made

    def update(self, thing_id: str, values: Mapping[str, Any]) -> Thing:
        """Change properties that are no lists; None takes one away."""
        before = self._get(thing_id)
        merged = {name: value for name, value in {**before.values, **values}.items() if value is not None}
        self._require_targets(before.type, values, {})
        parent = values.get(THINGS[before.type].parent)
        if parent is not None and thing_id in {one.id for one in self._line(parent)}:
            raise Circle(thing_id)
        if before.type is ThingType.LEASE:
            self._require_free(thing_id, before.lists["resources"], merged)
        self._require_login(thing_id, merged)
        return self._put(before, merged, before.lists)

    def add(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Add to a list what is not in it; the thing as it is then."""
        before = self._get(thing_id)
        self._require_targets(before.type, {}, {name: tuple(values)})
        whole = _ordered(name, dict.fromkeys((*before.lists[name], *values)))
        return self._put(before, before.values, {**before.lists, name: whole})

    def remove(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Take out of a list what is in it; the thing as it is then."""
        before = self._get(thing_id)
        left = tuple(value for value in before.lists[name] if value not in values)
        return self._put(before, before.values, {**before.lists, name: left})

    def delete(self, thing_id: str) -> Removed:
        """Remove a thing with its links. Leases go with their slice."""
        thing = self._get(thing_id)
        under = [one for one in self._things.values() if one.parent_id == thing_id]
        others = under if thing.type is ThingType.SLICE else []
        needed_by = self._unended(thing_id) if thing.type is ThingType.RESOURCE else under
        if needed_by and not others:
            raise InUse(thing_id, needed_by[0].id)
        for one in (thing, *others):
            del self._things[one.id]
        listing = [one for one in self._things.values() if _has(one, thing_id)]
        changed = tuple(self._without(one, thing_id) for one in sorted(listing, key=lambda one: one.id))
        return Removed(thing=thing, others=tuple(sorted(others, key=lambda one: one.id)), changed=changed)

    def _of(self, thing_type: ThingType) -> Iterator[Thing]:
        return (one for _, one in sorted(self._things.items()) if one.type is thing_type)

    def _get(self, thing_id: str) -> Thing:
        if thing_id not in self._things:
            raise NoSuchThing(thing_id)
        return self._things[thing_id]

    def _put(self, before: Thing, values: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> Thing:
        if (values, lists) != (before.values, before.lists):
            before = replace(before, values=values, lists=lists, updated_at=clock.now())
        self._things[before.id] = before
        return before

    def _without(self, thing: Thing, target: str) -> Thing:
        left = {
            name: tuple(value for value in found if name == _KEYS or value != target)
            for name, found in thing.lists.items()
        }
        self._things[thing.id] = replace(thing, lists=left)
        return self._things[thing.id]

    def _line(self, thing_id: str | None) -> Iterator[Ancestor]:
        while thing_id is not None and thing_id in self._things:
            thing = self._things[thing_id]
            yield Ancestor(thing.id, frozenset(thing.lists.get("pi_users", ())))
            thing_id = thing.parent_id

    def _fits(self, thing: Thing, wanted: Wanted) -> bool:
        place = thing
        while place.type in {ThingType.SLICE, ThingType.LEASE}:
            place = self._things[place.parent_id or ""]
        projects = {place.id} if place is not thing else set()
        if thing.type is ThingType.USER:
            projects = {one.id for one in self._of(ThingType.PROJECT) if _has(one, thing.id)}
        return (
            _any(wanted.authority, {place.parent_id})
            and _any(wanted.project, projects)
            and _any(wanted.status, {thing.status})
            and _any(wanted.shortname, {thing.values.get("shortname")})
            and (wanted.start is None or thing.values["start_time"] >= wanted.start)
            and (wanted.end is None or thing.values["end_time"] <= wanted.end)
            and (not wanted.linked or any(self._related(thing, *one) for one in wanted.linked))
            and self._is_seen(thing, wanted.seen_by)
        )

    def _related(self, thing: Thing, relation: Relation, known_id: str) -> bool:
        known = self._things.get(known_id)
        if relation is Relation.UNDER:
            return thing.parent_id == known_id
        if relation is Relation.LISTS:
            return _has(thing, known_id)
        return known is not None and (
            known.parent_id == thing.id if relation is Relation.ABOVE else _has(known, thing.id)
        )

    def _is_seen(self, thing: Thing, user_id: str | None) -> bool:
        if user_id is None or THINGS[thing.type].open or _has(thing, user_id):
            return True
        return any(user_id in one.pi_users for one in self._line(thing.id))

    def _derived(self, thing: Thing, seen_by: str | None) -> Mapping[str, Any]:
        seen = [one for _, one in sorted(self._things.items()) if self._is_seen(one, seen_by)]

        def ids(found: Iterable[Thing], thing_type: ThingType) -> tuple[str, ...]:
            return tuple(one.id for one in found if one.type is thing_type)

        under = [one for one in seen if one.parent_id == thing.id]
        listing = [one for one in seen if _has(one, thing.id)]
        if thing.type is ThingType.USER:
            return {
                "projects": ids(listing, ThingType.PROJECT),
                "slices": ids(listing, ThingType.SLICE),
                "pi_authorities": ids(listing, ThingType.AUTHORITY),
            }
        if thing.type is ThingType.AUTHORITY:
            return {"users": ids(under, ThingType.USER), "projects": ids(under, ThingType.PROJECT)}
        if thing.type is ThingType.PROJECT:
            return {"slices": ids(under, ThingType.SLICE)}
        if thing.type is ThingType.SLICE:
            project = self._things[thing.values["project"]]
            return {"authority": project.parent_id, "leases": ids(under, ThingType.LEASE)}
        return {}

    def _require_targets(
        self, thing_type: ThingType, values: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]
    ) -> None:
        for one in THINGS[thing_type].properties:
            targets = lists.get(one.name, ()) if one.is_list else (values.get(one.name),)
            for target in targets if one.target is not None else ():
                found = self._things.get(target or "")
                if target is not None and (found is None or found.type is not one.target):
                    raise UnknownTarget(target)

    def _require_login(self, thing_id: str, values: Mapping[str, Any]) -> None:
        login = values.get("login")
        owner = None if login is None else self.by_login(login)
        if owner is not None and owner.id != thing_id:
            raise LoginTaken

    def _require_free(self, lease_id: str, resources: Sequence[str], values: Mapping[str, Any]) -> None:
        for lease in self._of(ThingType.LEASE):
            times = lease.values
            apart = times["end_time"] <= values["start_time"] or values["end_time"] <= times["start_time"]
            shared = sorted(set(lease.lists["resources"]) & set(resources))
            if lease.id != lease_id and shared and not apart:
                raise Overlap(shared[0], lease.id)

    def _unended(self, resource: str) -> list[Thing]:
        leases = [one for one in self._of(ThingType.LEASE) if resource in one.lists["resources"]]
        return [one for one in leases if one.values["end_time"] > time.time()]


def _has(thing: Thing, target: str) -> bool:
    return any(target in found for name, found in thing.lists.items() if name != _KEYS)


def _ordered(name: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values) if name == _KEYS else tuple(sorted(set(values)))


def _any(wanted: Words, values: Collection[str | None]) -> bool:
    return wanted is None or not wanted.isdisjoint(values)
