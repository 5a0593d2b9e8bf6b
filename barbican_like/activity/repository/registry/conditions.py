"""Which things a list has, as conditions on their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, and_, false, or_, select

from barbican_like.activity.registry.port import Relation, Wanted
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.tables import registry_links as links
from barbican_like.activity.tables import registry_things as things

_PIS: Final = "pi_users"
_PLACES: Final = (ThingType.AUTHORITY.value, ThingType.PROJECT.value)


def conditions(thing_type: ThingType, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What a row fulfils that a list has."""
    yield things.c.type == thing_type.value
    if wanted.authority is not None:
        yield _under_authority(thing_type, wanted.authority)
    if wanted.project is not None:
        yield _in_project(thing_type, wanted.project)
    if wanted.status is not None:
        yield things.c.status.in_(sorted(wanted.status))
    if wanted.shortname is not None:
        yield things.c.shortname.in_(sorted(wanted.shortname))
    if wanted.start is not None:
        yield things.c.start_time >= wanted.start
    if wanted.end is not None:
        yield things.c.end_time <= wanted.end
    if wanted.linked:
        yield or_(*(_RELATED[relation](thing_id) for relation, thing_id in wanted.linked))
    if wanted.seen_by is not None:
        yield is_seen_by(wanted.seen_by)


def is_seen_by(user_id: str) -> ColumnElement[bool]:
    """Whether a user may see a thing: a project or a slice only where he is in it, or a PI of or above it."""
    reach = select(_reach(user_id).c.id)
    return or_(
        things.c.type.not_in([ThingType.PROJECT.value, ThingType.SLICE.value]),
        _lists(user_id),
        and_(things.c.type == ThingType.PROJECT.value, things.c.id.in_(reach)),
        and_(things.c.type == ThingType.SLICE.value, things.c.parent.in_(reach)),
    )


def _reach(user_id: str) -> CTE:
    """The authorities and projects that a user is a PI of, and all below them."""
    top = select(links.c.thing_id.label("id")).where(links.c.target == user_id, links.c.name == _PIS)
    reach = top.cte("reach", recursive=True)
    below = select(things.c.id).join(reach, things.c.parent == reach.c.id).where(things.c.type.in_(_PLACES))
    return reach.union(below)


def _ids(thing_type: ThingType, *of: ColumnElement[bool]) -> Select[Any]:
    return select(things.c.id).where(things.c.type == thing_type.value, *of)


def _under_authority(thing_type: ThingType, wanted: frozenset[str]) -> ColumnElement[bool]:
    under = things.c.parent.in_(sorted(wanted))
    if thing_type not in {ThingType.SLICE, ThingType.LEASE}:
        return under
    aliased = things.alias("upper")
    projects = select(aliased.c.id).where(aliased.c.parent.in_(sorted(wanted)))
    if thing_type is ThingType.SLICE:
        return things.c.parent.in_(projects)
    slices = things.alias("holder")
    return things.c.parent.in_(select(slices.c.id).where(slices.c.parent.in_(projects)))


def _in_project(thing_type: ThingType, wanted: frozenset[str]) -> ColumnElement[bool]:
    if thing_type is ThingType.SLICE:
        return things.c.parent.in_(sorted(wanted))
    if thing_type is ThingType.LEASE:
        slices = things.alias("holder")
        return things.c.parent.in_(select(slices.c.id).where(slices.c.parent.in_(sorted(wanted))))
    if thing_type is ThingType.USER:
        projects = things.alias("joined")  # slices have users too
        members = select(links.c.target).join(projects, projects.c.id == links.c.thing_id)
        is_one = projects.c.type == ThingType.PROJECT.value
        return things.c.id.in_(members.where(links.c.thing_id.in_(sorted(wanted)), is_one))
    return false()


def _lists(target: str) -> ColumnElement[bool]:
    return things.c.id.in_(select(links.c.thing_id).where(links.c.target == target))


def _listed(thing_id: str) -> ColumnElement[bool]:
    return things.c.id.in_(select(links.c.target).where(links.c.thing_id == thing_id))


def _above(thing_id: str) -> ColumnElement[bool]:
    known = things.alias("known")
    return things.c.id.in_(select(known.c.parent).where(known.c.id == thing_id))


_RELATED: Final[dict[Relation, Callable[[str], ColumnElement[bool]]]] = {
    Relation.UNDER: lambda thing_id: things.c.parent == thing_id,
    Relation.ABOVE: _above,
    Relation.LISTS: _lists,
    Relation.LISTED: _listed,
}
