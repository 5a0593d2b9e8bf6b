"""Changes of the registry's things in the database."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

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
from barbican_like.activity.registry.port import Removed
from barbican_like.activity.registry.things import ACTIVE, THINGS, Thing, ThingType
from barbican_like.activity.repository.registry.reading import RegistryLook
from barbican_like.activity.repository.registry.rows import KEPT_WITH_IT, columns_of
from barbican_like.activity.tables import registry_links as links
from barbican_like.activity.tables import registry_things as things
from barbican_like.common import clock
from barbican_like.model.drivers import Trouble, trouble_of

_HELD: Final = (
    select(things.c.id, things.c.type)
    .where(things.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(things.c.id)
    .with_for_update(key_share=True)
)
_INSERT = insert(things)
_UPDATE = update(things).where(things.c.id == bindparam("of_id"))
_DELETE = delete(things).where(things.c.id.in_(bindparam("ids", expanding=True)))
_LINK = insert(links)
_UNLINK = delete(links).where(
    links.c.thing_id == bindparam("of_id"),
    links.c.name == bindparam("of_name"),
    links.c.target.in_(bindparam("targets", expanding=True)),
)
_LISTING = select(links.c.thing_id).where(links.c.target == bindparam("target")).distinct()
_OVERLAPPING = (
    select(things.c.id, links.c.target)
    .join(links, links.c.thing_id == things.c.id)
    .where(
        links.c.target.in_(bindparam("resources", expanding=True)),
        things.c.type == ThingType.LEASE.value,
        things.c.start_time < bindparam("end"),
        things.c.end_time > bindparam("start"),
        things.c.id != bindparam("own"),
    )
    .limit(1)
)
_UNDER = select(things.c.id).where(things.c.parent == bindparam("of_id"))
_UNENDED = (
    select(things.c.id)
    .join(links, links.c.thing_id == things.c.id)
    .where(
        links.c.target == bindparam("of_id"),
        things.c.type == ThingType.LEASE.value,
        things.c.end_time > bindparam("now"),
    )
)


class RegistryRepo(RegistryLook):
    """The driver; see :class:`barbican_like.activity.registry.port.Registry`."""

    def lock(self, thing_id: str) -> bool:
        """Keep others from changing a thing until the transaction ends; False where it is not there."""
        return bool(self._lock_all([thing_id]))

    def create(self, new: NewThing) -> Thing:
        """Make a thing with its lists."""
        self._require_targets(new.type, new.values, new.lists)
        if new.type is ThingType.LEASE:
            self._require_free(new.id, new.lists["resources"], new.values)
        now = clock.now()
        row = columns_of(new.type, new.values, new.lists) | {
            "id": new.id,
            "type": new.type.value,
            "status": ACTIVE,
            "created_at": now,
            "updated_at": now,
        }
        with self._names(new.id, new.values):
            self._connection.execute(_INSERT, row)
        for name, targets in new.lists.items():
            self._link(new.id, name, targets)
        return self._now(new.id)

    def update(self, thing_id: str, values: Mapping[str, Any]) -> Thing:
        """Change properties that are no lists; None takes one away."""
        before = self._held(thing_id)
        merged = {name: value for name, value in {**before.values, **values}.items() if value is not None}
        if merged == before.values:
            return before
        changed = {name: value for name, value in merged.items() if value != before.values.get(name)}
        self._require_targets(before.type, changed, {})
        parent = changed.get(THINGS[before.type].parent)
        if parent is not None and before.type is ThingType.AUTHORITY:
            self._require_no_circle(thing_id, parent)
        if before.type is ThingType.LEASE:
            self._require_free(thing_id, before.lists["resources"], merged)
        self._write(before, merged, before.lists)
        return self._now(thing_id)

    def add(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Add to a list what is not in it; the thing as it is then."""
        before = self._held(thing_id)
        new = [value for value in dict.fromkeys(values) if value not in before.lists[name]]
        if not new:
            return before
        if name not in KEPT_WITH_IT:
            self._require_targets(before.type, {}, {name: tuple(new)})
            self._link(thing_id, name, new)
        self._write(before, before.values, {**before.lists, name: (*before.lists[name], *new)})
        return self._now(thing_id)

    def remove(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Take out of a list what is in it; the thing as it is then."""
        before = self._held(thing_id)
        old = [value for value in before.lists[name] if value in values]
        if not old:
            return before
        if name not in KEPT_WITH_IT:
            self._connection.execute(_UNLINK, {"of_id": thing_id, "of_name": name, "targets": old})
        left = tuple(value for value in before.lists[name] if value not in values)
        self._write(before, before.values, {**before.lists, name: left})
        return self._now(thing_id)

    def delete(self, thing_id: str) -> Removed:
        """Remove a thing with its links. Leases go with their slice."""
        thing = self._held(thing_id)
        others: Sequence[Thing] = ()
        if thing.type is ThingType.SLICE:
            leases = self._connection.execute(_UNDER, {"of_id": thing_id}).scalars().all()
            others = self.several(leases)
        else:
            self._require_unused(thing)
        listing = self._connection.execute(_LISTING, {"target": thing_id}).scalars().all()
        if others:
            self._connection.execute(_DELETE, {"ids": [one.id for one in others]})
        self._connection.execute(_DELETE, {"ids": [thing_id]})
        gone = {one.id for one in others}
        return Removed(thing=thing, others=others, changed=self.several(set(listing) - gone))

    def _held(self, thing_id: str) -> Thing:
        thing = self.find(thing_id) if self.lock(thing_id) else None
        if thing is None:
            raise NoSuchThing(thing_id)
        return thing

    def _lock_all(self, thing_ids: Collection[str]) -> Mapping[str, str]:
        """Lock rows; their types by id."""
        if not thing_ids:
            return {}
        rows = self._connection.execute(_HELD, {"ids": sorted(thing_ids)})
        return {row.id: row.type for row in rows}

    def _now(self, thing_id: str) -> Thing:
        thing = self.find(thing_id)
        assert thing is not None  # noqa: S101  this transaction has just written it
        return thing

    def _require_targets(
        self, thing_type: ThingType, values: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Lock all that is linked to.

        :raises UnknownTarget: where one is not there, or is of another type.
        """
        wanted: dict[str, str] = {}
        for one in THINGS[thing_type].properties:
            if one.target is not None:
                targets = lists.get(one.name, ()) if one.is_list else (values.get(one.name),)
                wanted |= {target: one.target.value for target in targets if target is not None}
        found = self._lock_all(wanted)
        for target, wanted_type in wanted.items():
            if found.get(target) != wanted_type:
                raise UnknownTarget(target)

    def _require_free(self, lease_id: str, resources: Sequence[str], values: Mapping[str, Any]) -> None:
        """The resources are locked by :meth:`_require_targets`, or here.

        :raises Overlap: where one of them has another lease in that time.
        """
        self._lock_all(resources)
        values = {
            "resources": list(resources),
            "start": values["start_time"],
            "end": values["end_time"],
            "own": lease_id,
        }
        found = self._connection.execute(_OVERLAPPING, values).first()
        if found is not None:
            raise Overlap(found.target, found.id)

    def _require_no_circle(self, thing_id: str, parent: str) -> None:
        """Lock the new line, so that two moves at once make none either.

        :raises Circle: when an authority would be under itself.
        """
        self._lock_all({one.id for one in self.lineages([parent])[parent]})
        if any(one.id == thing_id for one in self.lineages([parent])[parent]):
            raise Circle(thing_id)

    def _require_unused(self, thing: Thing) -> None:
        values: dict[str, Any] = {"of_id": thing.id}
        statement = _UNDER
        if thing.type is ThingType.RESOURCE:
            statement, values["now"] = _UNENDED, int(time.time())
        needed_by = self._connection.execute(statement.limit(1), values).scalar()
        if needed_by is not None:
            raise InUse(thing.id, needed_by)

    def _write(self, thing: Thing, values: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> None:
        row = columns_of(thing.type, values, lists) | {"updated_at": clock.now()}
        with self._names(thing.id, values):
            self._connection.execute(_UPDATE.values(**row), {"of_id": thing.id})

    def _link(self, thing_id: str, name: str, targets: Sequence[str]) -> None:
        if targets and name not in KEPT_WITH_IT:
            rows = [{"thing_id": thing_id, "name": name, "target": target} for target in targets]
            self._connection.execute(_LINK, rows)

    @contextmanager
    def _names(self, thing_id: str, values: Mapping[str, Any]) -> Iterator[None]:
        """Calls a name that is taken what it is; the transaction goes on."""
        try:
            with self._connection.begin_nested():
                yield
        except IntegrityError as error:
            if trouble_of(error) is not Trouble.DUPLICATE:
                raise
            login = values.get("login")
            owner = None if login is None else self.by_login(login)
            if owner is not None and owner.id != thing_id:
                raise LoginTaken from error
            raise NameTaken(thing_id) from error
