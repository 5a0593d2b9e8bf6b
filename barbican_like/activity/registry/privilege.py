"""Who may do what to things, see them, and decide: pure functions of what is stored.

Nothing here believes what a caller or an event says of himself or of the object: a :class:`Standing` is made
of rows (:mod:`barbican_like.activity.registry.standing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from barbican_like.activity.registry.port import Ancestor
from barbican_like.activity.registry.things import THINGS, Thing, ThingKind, ThingType


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who wants something, as the registry knows him."""

    login: str | None  # the authenticated user id
    user: Thing | None  # the registry user whom it stands for
    is_admin: bool  # the rule activity:admin lets him

    @property
    def urn(self) -> str | None:
        """The registry user's name."""
        return None if self.user is None else self.user.id

    @property
    def name(self) -> str | None:
        """As events call him: his URN, else his login."""
        return self.urn or self.login


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who stands how to a thing."""

    open: bool = False  # every caller may read it
    holders: frozenset[str] = frozenset()  # may change it: the user himself, a slice's members
    members: frozenset[str] = frozenset()  # may read it
    above: tuple[Ancestor, ...] = ()
    """The thing itself, where it is an authority or a project, and those that it is under."""

    @property
    def pis(self) -> frozenset[str]:
        """Who is a PI over it."""
        return frozenset().union(*(one.pi_users for one in self.above))


ADMINS_ALONE: Final = Standing()
"""The standing of what only admins may touch, such as the place of a root authority."""


def is_over(caller: Caller, standing: Standing) -> bool:
    """Whether he is a PI over it, or an admin."""
    return caller.is_admin or (caller.urn is not None and caller.urn in standing.pis)


def may_change(caller: Caller, ends: Sequence[Standing]) -> bool:
    """Whether he has the privilege for a change: at all of its ends."""
    return all(is_over(caller, end) or (caller.urn is not None and caller.urn in end.holders) for end in ends)


def may_decide(caller: Caller, ends: Sequence[Standing], requester: str | None) -> bool:
    """Whether he may approve or deny a request: as a PI over its object or an admin, and never his own.

    :param requester: the event's user: a URN or a login; None: nobody who is known.
    """
    own = requester is not None and requester in {caller.urn, caller.login}
    return not own and all(is_over(caller, end) for end in ends)


def may_see(caller: Caller, standing: Standing) -> bool:
    """Whether he may read a thing."""
    return standing.open or is_over(caller, standing) or caller.urn in standing.members


def may_see_event(caller: Caller, user: str | None, standing: Standing) -> bool:
    """Whether he may see an event: its user, PIs over its object, admins.

    :param user: the event's: a URN or a login.
    :param standing: of the event's object.
    """
    return is_over(caller, standing) or (user is not None and user in {caller.urn, caller.login})


def may_see_private(caller: Caller, user_id: str, standing: Standing) -> bool:
    """Whether he may see a user's address and login: the user himself, PIs over him, admins."""
    return is_over(caller, standing) or caller.urn == user_id


def ends(kind: ThingKind, thing: Thing | None, data: Mapping[str, Any]) -> tuple[str | None, ...]:
    """The ids of the things at which a change asks for the privilege; None: an admin's alone.

    The thing itself, and what it is to be under where that is new.

    :param thing: as it is stored; None: it is to be made.
    :param data: of the event: properties. Of an ADD, a REMOVE or a DELETE none.
    """
    new_parent: tuple[str | None, ...] = ()
    if thing is None or (kind.parent in data and data[kind.parent] != thing.parent_id):
        new_parent = (data.get(kind.parent),)
    return new_parent if thing is None else (thing.id, *new_parent)


def for_admins(thing_type: ThingType, data: Mapping[str, Any]) -> str | None:
    """The first property among the data that admins alone set."""
    names = [one.name for one in THINGS[thing_type].properties if one.admins_only]
    return next((name for name in names if name in data), None)
