"""The driver's interface: what keeps the registry's things.

Two drivers stand here, the database (:mod:`barbican_like.activity.repository.registry`) and the memory
(:mod:`barbican_like.activity.registry.memory`); one that speaks SFA could stand beside them. One suite holds
all of them to what is said here.

A driver keeps rows and their rules: names, links, overlaps. Who may do what stands in
:mod:`barbican_like.activity.registry.privilege`; what one event does in
:mod:`barbican_like.activity.registry.applying`, which also tells the feed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol

from barbican_like.activity.registry.data import NewThing
from barbican_like.activity.registry.things import Thing, ThingType

Words = frozenset[str] | None
"""Any of these; None: whatever."""


class Relation(Enum):
    """How a thing that is looked for stands to one that is known."""

    UNDER = "under"  # the known one is its authority, project or slice
    ABOVE = "above"  # it is the known one's authority or project
    LISTS = "lists"  # the known one is in one of its lists
    LISTED = "listed"  # it is in one of the known one's lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which things a list has: those that fit all that is said."""

    authority: Words = None  # what it is under; of a slice or a lease its project's
    project: Words = None  # of a slice or a lease its own; of a user one that he is in
    status: Words = None
    shortname: Words = None
    start: int | None = None  # of leases: begins no earlier, unix seconds
    end: int | None = None  # of leases: ends no later
    linked: tuple[tuple[Relation, str], ...] = ()  # any of these relations to the thing of that id
    seen_by: str | None = None
    """Only projects and slices that this user is in, or is a PI of or above; None: all of them."""


class Ancestor(NamedTuple):
    """An authority or a project that something is under."""

    id: str
    pi_users: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What has gone with a thing."""

    thing: Thing  # as it last was
    others: Sequence[Thing] = ()  # things that went with it: a slice's leases
    changed: Sequence[Thing] = ()  # things whose lists it was in, as they are now


class Registry(Protocol):
    """A driver. What it returns is frozen; what it refuses is an :class:`~.faults.Unfit`.

    Lists of links are sorted; keys stand in the order in which they were added.
    Changes are part of the transaction that the driver was made for, where it has one.
    """

    def find(self, thing_id: str) -> Thing | None:
        """A thing by its id."""

    def several(self, thing_ids: Collection[str]) -> Sequence[Thing]:
        """Those of some things that are there, by their ids in order."""

    def page(self, thing_type: ThingType, wanted: Wanted, *, after: str, limit: int) -> Sequence[Thing]:
        """Some things of a type, sorted by their ids.

        :param after: the id behind which to begin; empty: at the first.
        """

    def user_of(self, user_id: str) -> Thing | None:
        """The user whose id an authenticated user id is, else whose login it is."""

    def by_login(self, login: str) -> Thing | None:
        """The user who has a login."""

    def by_email(self, email: str) -> Sequence[Thing]:
        """The users who have an address, whatever its case."""

    def lineages(self, thing_ids: Collection[str]) -> Mapping[str, Sequence[Ancestor]]:
        """For authorities and projects: they themselves, then what they are under, up to the root."""

    def pi_of(self, user_id: str) -> frozenset[str]:
        """The authorities and projects that a user is a PI of by their own lists."""

    def derived(self, things: Sequence[Thing], seen_by: str | None) -> Mapping[str, Mapping[str, Any]]:
        """The derived properties of things of one type, by id and property; lists are sorted.

        :param seen_by: the user who looks: projects and slices that he may not see are left out; None: all.
        """

    def lock(self, thing_id: str) -> bool:
        """Keep others from changing a thing until the transaction ends; False where it is not there."""

    def create(self, new: NewThing) -> Thing:
        """Make a thing with its lists. Of a lease all three times are there.

        :raises NameTaken: also where the name is another type's.
        :raises LoginTaken:
        :raises UnknownTarget:
        :raises Overlap:
        """

    def update(self, thing_id: str, values: Mapping[str, Any]) -> Thing:
        """Change properties that are no lists; None takes one away.

        :raises NoSuchThing:
        :raises UnknownTarget:
        :raises LoginTaken:
        :raises Circle:
        :raises Overlap:
        """

    def add(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Add to a list what is not in it; the thing as it is then. Where all was there, nothing is written.

        :param name: of the list, such as pi_users.
        :raises NoSuchThing:
        :raises UnknownTarget:
        """

    def remove(self, thing_id: str, name: str, values: Sequence[str]) -> Thing:
        """Take out of a list what is in it; the thing as it is then. Where nothing was, nothing is written.

        :raises NoSuchThing:
        """

    def delete(self, thing_id: str) -> Removed:
        """Remove a thing with its links. Leases go with their slice.

        :raises NoSuchThing:
        :raises InUse: an authority or a project has something under it, or a resource has a lease that has
            not ended.
        """
