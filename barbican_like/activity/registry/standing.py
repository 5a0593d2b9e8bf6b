"""How people stand to things, and who calls: read from the registry for :mod:`.privilege`."""

from __future__ import annotations

from collections.abc import Sequence

from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import ADMINS_ALONE, Caller, Standing
from barbican_like.activity.registry.things import THINGS, Thing, ThingType

_PLACES = frozenset({ThingType.AUTHORITY, ThingType.PROJECT})


def caller_of(registry: Registry, user_id: str | None, *, is_admin: bool) -> Caller:
    """Who calls: the registry user whose id the authenticated user id is, else whose login it is.

    :param user_id: of the authentication.
    :param is_admin: whether the rule activity:admin lets him.
    """
    user = None if user_id is None else registry.user_of(user_id)
    return Caller(login=user_id, user=user, is_admin=is_admin)


def standing_of(registry: Registry, thing: Thing) -> Standing:
    """How people stand to a thing, as it is stored now."""
    return standings_of(registry, [thing])[0]


def standings_of(registry: Registry, things: Sequence[Thing]) -> Sequence[Standing]:
    """The same of several things, in two looks at the registry at most."""
    slice_ids = {thing.values["slice_id"] for thing in things if thing.type is ThingType.LEASE}
    slices = {one.id: one for one in registry.several(slice_ids)} if slice_ids else {}
    holding = [slices.get(thing.values.get("slice_id", ""), thing) for thing in things]
    places = [one.id if one.type in _PLACES else one.parent_id for one in holding]
    lineages = registry.lineages({place for place in places if place is not None})
    found = []
    for thing, holder, place in zip(things, holding, places, strict=True):
        members = frozenset(holder.lists.get("users", ())) | frozenset(holder.lists.get("pi_users", ()))
        standing = Standing(
            open=THINGS[thing.type].open,
            holders=_holders(holder),
            members=members,
            above=tuple(lineages.get(place or "", ())),
        )
        found.append(standing)
    return found


def ends_of(registry: Registry, ids: Sequence[str | None]) -> Sequence[Standing] | None:
    """The standings at the ends of a change (:func:`.privilege.ends`); None where one is not there."""
    wanted = [one for one in ids if one is not None]
    things = registry.several(wanted) if wanted else ()
    if len(things) < len(set(wanted)):
        return None
    found = list(standings_of(registry, things)) if things else []
    return found + [ADMINS_ALONE for one in ids if one is None]


def _holders(thing: Thing) -> frozenset[str]:
    if thing.type is ThingType.USER:
        return frozenset({thing.id})
    return frozenset(thing.lists["users"]) if thing.type is ThingType.SLICE else frozenset()
