"""Looks at the registry's things in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, literal, or_, select

from barbican_like.activity.registry.port import Ancestor, Wanted
from barbican_like.activity.registry.things import Thing, ThingType
from barbican_like.activity.repository.registry.conditions import conditions, is_seen_by
from barbican_like.activity.repository.registry.rows import thing_of
from barbican_like.activity.tables import registry_links as links
from barbican_like.activity.tables import registry_things
from barbican_like.model.repositories.base import Repository

_DEEPEST: Final = 128  # authorities above each other; a name is shorter by far
_THESE = (
    select(registry_things)
    .where(registry_things.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(registry_things.c.id)
)
_LINKS = select(links).where(links.c.thing_id.in_(bindparam("ids", expanding=True)))
_USER_OF = select(registry_things).where(
    registry_things.c.type == ThingType.USER.value,
    or_(registry_things.c.id == bindparam("user_id"), registry_things.c.login == bindparam("user_id")),
)
_BY_LOGIN = select(registry_things).where(registry_things.c.login == bindparam("login"))
_BY_EMAIL = (
    select(registry_things)
    .where(registry_things.c.email == bindparam("email"))
    .order_by(registry_things.c.id)
)
_PI_OF = select(links.c.thing_id).where(links.c.target == bindparam("user_id"), links.c.name == "pi_users")

_START = (
    select(
        registry_things.c.id.label("start"),
        registry_things.c.id,
        registry_things.c.parent,
        literal(0).label("depth"),
    )
    .where(registry_things.c.id.in_(bindparam("ids", expanding=True)))
    .cte("line", recursive=True)
)
_LINE = _START.union_all(
    select(_START.c.start, registry_things.c.id, registry_things.c.parent, _START.c.depth + 1)
    .join(_START, registry_things.c.id == _START.c.parent)
    .where(_START.c.depth < _DEEPEST)
)
_LINEAGES = (
    select(_LINE.c.start, _LINE.c.id, links.c.target)
    .select_from(_LINE.outerjoin(links, (links.c.thing_id == _LINE.c.id) & (links.c.name == "pi_users")))
    .order_by(_LINE.c.start, _LINE.c.depth)
)

_UNDER = select(registry_things.c.parent, registry_things.c.type, registry_things.c.id).where(
    registry_things.c.parent.in_(bindparam("ids", expanding=True))
)
_HOLDING = (
    select(links.c.target, registry_things.c.type, registry_things.c.id, links.c.name)
    .join(registry_things, registry_things.c.id == links.c.thing_id)
    .where(links.c.target.in_(bindparam("ids", expanding=True)))
)
_PROPERTIES: Final = {
    ThingType.USER: {"PROJECT": "projects", "SLICE": "slices", "AUTHORITY": "pi_authorities"},
    ThingType.AUTHORITY: {"USER": "users", "PROJECT": "projects"},
    ThingType.PROJECT: {"SLICE": "slices"},
    ThingType.SLICE: {"LEASE": "leases"},
}
"""The derived list that a thing of another type is in, by both types."""


class RegistryLook(Repository):
    """What the database has of them; see :class:`barbican_like.activity.registry.port.Registry`."""

    def find(self, thing_id: str) -> Thing | None:
        """A thing by its id."""
        return next(iter(self.several([thing_id])), None)

    def several(self, thing_ids: Collection[str]) -> Sequence[Thing]:
        """Those of some things that are there, by their ids in order."""
        if not thing_ids:
            return ()
        return self._things(self._connection.execute(_THESE, {"ids": sorted(set(thing_ids))}).all())

    def page(self, thing_type: ThingType, wanted: Wanted, *, after: str, limit: int) -> Sequence[Thing]:
        """Some things of a type, sorted by their ids."""
        statement = select(registry_things).where(*conditions(thing_type, wanted))
        if after:
            statement = statement.where(registry_things.c.id > after)
        rows = self._connection.execute(statement.order_by(registry_things.c.id).limit(limit)).all()
        return self._things(rows)

    def user_of(self, user_id: str) -> Thing | None:
        """The user whose id an authenticated user id is, else whose login it is."""
        found = self._things(self._connection.execute(_USER_OF, {"user_id": user_id}).all())
        return min(found, key=lambda one: one.id != user_id, default=None)

    def by_login(self, login: str) -> Thing | None:
        """The user who has a login."""
        return next(iter(self._things(self._connection.execute(_BY_LOGIN, {"login": login}).all())), None)

    def by_email(self, email: str) -> Sequence[Thing]:
        """The users who have an address, whatever its case."""
        return self._things(self._connection.execute(_BY_EMAIL, {"email": email.lower()}).all())

    def lineages(self, thing_ids: Collection[str]) -> Mapping[str, Sequence[Ancestor]]:
        """For authorities and projects: they themselves, then what they are under, up to the root."""
        if not thing_ids:
            return {}
        found: dict[str, dict[str, set[str]]] = defaultdict(dict)
        for start, place, pi in self._connection.execute(_LINEAGES, {"ids": sorted(set(thing_ids))}):
            pis = found[start].setdefault(place, set())
            if pi is not None:
                pis.add(pi)
        return {
            start: tuple(Ancestor(place, frozenset(pis)) for place, pis in line.items())
            for start, line in found.items()
        }

    def pi_of(self, user_id: str) -> frozenset[str]:
        """The authorities and projects that a user is a PI of by their own lists."""
        return frozenset(self._connection.execute(_PI_OF, {"user_id": user_id}).scalars())

    def derived(self, things: Sequence[Thing], seen_by: str | None) -> Mapping[str, Mapping[str, Any]]:
        """The derived properties of things of one type, by id and property; lists are sorted."""
        if not things:
            return {}
        kind = things[0].type
        names = _PROPERTIES.get(kind, {})
        found: dict[str, dict[str, Any]] = {
            one.id: {name: set() for name in names.values()} for one in things
        }
        if names:
            self._gather(kind, found, seen_by)
        shown = {
            thing_id: {name: tuple(sorted(ids)) for name, ids in lists.items()}
            for thing_id, lists in found.items()
        }
        return self._with_authorities(things, shown) if kind is ThingType.SLICE else shown

    def _gather(self, kind: ThingType, found: dict[str, dict[str, Any]], user_id: str | None) -> None:
        statement = (_HOLDING if kind is ThingType.USER else _UNDER).where(
            registry_things.c.type.in_(sorted(_PROPERTIES[kind]))
        )
        if user_id is not None:
            statement = statement.where(is_seen_by(user_id))
        for row in self._connection.execute(statement, {"ids": sorted(found)}):
            found[row[0]][_PROPERTIES[kind][row.type]].add(row.id)

    def _with_authorities(
        self, slices: Sequence[Thing], shown: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Mapping[str, Any]]:
        projects = {one.id: one.parent_id for one in self.several({one.values["project"] for one in slices})}
        return {one.id: {"authority": projects.get(one.values["project"]), **shown[one.id]} for one in slices}

    def _things(self, rows: Sequence[Row[Any]]) -> Sequence[Thing]:
        if not rows:
            return ()
        lists: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for thing_id, name, target in self._connection.execute(_LINKS, {"ids": [row.id for row in rows]}):
            lists[thing_id].append((name, target))
        return tuple(thing_of(row, lists[row.id]) for row in rows)
