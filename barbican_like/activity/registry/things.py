"""The table of things: what the registry has, and which properties each of them has.

Everything about a type of things that code needs to know stands in :data:`THINGS`: validation, the OpenAPI
document, answers, snapshots of the feed and the drivers all read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from barbican_like.activity.registry.urns import UrnKind
from barbican_like.activity.registry.values import (
    EMAIL,
    SHORT,
    Address,
    Flag,
    Kind,
    Link,
    Many,
    PublicKey,
    Text,
    Whole,
)

ACTIVE: Final = "ACTIVE"
"""The status of what is there."""


FOUNDERS: Final = "users"
"""Among the data of a registered authority: those who are made its users and PIs with it."""


class ThingType(StrEnum):
    """What an object of an event may be."""

    USER = "USER"
    AUTHORITY = "AUTHORITY"
    PROJECT = "PROJECT"
    SLICE = "SLICE"
    RESOURCE = "RESOURCE"
    LEASE = "LEASE"


class Action(StrEnum):
    """What is done to a thing."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"  # of properties that are no lists
    DELETE = "DELETE"
    ADD = "ADD"  # to a list
    REMOVE = "REMOVE"  # from one


class LinkType(StrEnum):
    """What an ADD or a REMOVE may be about."""

    KEY = "KEY"
    PI = "PI"
    USER = "USER"
    RESOURCE = "RESOURCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property that is written."""

    name: str
    kind: Kind
    required: bool = False
    default: str = ""  # in words, where there is one
    fixed: bool = False  # said when the thing is made, and never changed
    nullable: bool = True  # null takes it away; what is required has null only where it says so
    admins_only: bool = False
    private: bool = False  # shown to the user himself, PIs over him and admins
    link: LinkType | None = None  # of a list: what ADD and REMOVE call it
    target: ThingType | None = None  # of a link or a list of links: what it names

    @property
    def is_list(self) -> bool:
        """Whether ADD and REMOVE change it, one element at a time."""
        return isinstance(self.kind, Many)

    def holds(self, number: int) -> bool:
        """Whether so many values may stand in it."""
        return number <= (self.kind.most if isinstance(self.kind, Many) else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingKind:
    """A type of things."""

    type: ThingType
    collection: str  # as paths and the feed call them, such as users
    urn: UrnKind | None  # None: a uuid names it
    parent: str  # the property that says what it is under
    properties: tuple[Property, ...]
    derived: tuple[str, ...]  # properties that nobody writes, besides id, hrn, status, created and updated
    open: bool  # whether every caller reads it; else members, PIs over it and admins

    def find(self, name: str) -> Property | None:
        """A property that is written, by its name."""
        return next((one for one in self.properties if one.name == name), None)

    def by_link(self, link: LinkType) -> Property | None:
        """The list that an ADD or a REMOVE of this type is about."""
        return next((one for one in self.properties if one.link is link), None)

    @property
    def lists(self) -> tuple[Property, ...]:
        """The properties that are lists."""
        return tuple(one for one in self.properties if one.is_list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing as the registry has it."""

    type: ThingType
    id: str  # its URN; a lease's uuid
    values: Mapping[str, Any]  # its properties that are no lists; absent ones have no member
    lists: Mapping[str, tuple[str, ...]]  # by property: keys, pi_users, users, resources
    status: str = ACTIVE
    created_at: datetime  # naive UTC
    updated_at: datetime

    @property
    def parent_id(self) -> str | None:
        """The authority, project or slice that it is under; None for a root."""
        found: str | None = self.values.get(THINGS[self.type].parent)
        return found


_AUTHORITY: Final = Link(UrnKind.AUTHORITY)
_USERS: Final = Many(Link(UrnKind.USER))
_NODES: Final = Many(Link(UrnKind.NODE))
_TEXT: Final = Text()
_FROM_NAME: Final = "what the name makes"


def _text(name: str, **more: Any) -> Property:
    return Property(name=name, kind=_TEXT, **more)


def _shortname(**more: Any) -> Property:
    return Property(name="shortname", kind=SHORT, fixed=True, **more)


def _under(name: str, target: ThingType, **more: Any) -> Property:
    return Property(name=name, kind=_AUTHORITY, target=target, **more)


def _people(name: str, link: LinkType, **more: Any) -> Property:
    return Property(name=name, kind=_USERS, link=link, target=ThingType.USER, **more)


_URL: Final = Property(name="url", kind=Address())

_KINDS: Final = (
    ThingKind(
        type=ThingType.USER,
        collection="users",
        urn=UrnKind.USER,
        parent="authority",
        properties=(
            _under("authority", ThingType.AUTHORITY, required=True),
            _text("first_name", required=True),
            _text("last_name", required=True),
            Property(name="email", kind=EMAIL, required=True, private=True),
            _shortname(default="the address's local part"),
            Property(name="login", kind=Text(255), admins_only=True, private=True),
            _text("bio"),
            _URL,
            Property(name="terms", kind=Flag()),
            Property(name="keys", kind=Many(PublicKey(), 100), link=LinkType.KEY),
        ),
        derived=("projects", "slices", "pi_authorities"),
        open=True,
    ),
    ThingKind(
        type=ThingType.AUTHORITY,
        collection="authorities",
        urn=UrnKind.AUTHORITY,
        parent="authority",
        properties=(
            _text("name", required=True),
            _shortname(required=True),
            _under("authority", ThingType.AUTHORITY, default="none: a root, which admins make"),
            _people("pi_users", LinkType.PI),
        ),
        derived=("users", "projects"),
        open=True,
    ),
    ThingKind(
        type=ThingType.PROJECT,
        collection="projects",
        urn=UrnKind.AUTHORITY,
        parent="authority",
        properties=(
            _text("name", required=True),
            _text("description", required=True),
            _under("authority", ThingType.AUTHORITY, default="the caller's", nullable=False),
            _shortname(default=_FROM_NAME),
            _text("label"),
            _URL,
            _people("pi_users", LinkType.PI, default="the caller"),
            _people("users", LinkType.USER),
        ),
        derived=("slices",),
        open=False,
    ),
    ThingKind(
        type=ThingType.SLICE,
        collection="slices",
        urn=UrnKind.SLICE,
        parent="project",
        properties=(
            _under("project", ThingType.PROJECT, required=True),
            _shortname(required=True),
            _text("name"),
            _text("label"),
            _people("users", LinkType.USER, default="the project's PIs, who are always added"),
            Property(name="resources", kind=_NODES, link=LinkType.RESOURCE, target=ThingType.RESOURCE),
        ),
        derived=("authority", "leases"),
        open=False,
    ),
    ThingKind(
        type=ThingType.RESOURCE,
        collection="resources",
        urn=UrnKind.NODE,
        parent="authority",
        properties=(
            _under("authority", ThingType.AUTHORITY, required=True),
            _text("name", required=True),
            _shortname(default=_FROM_NAME),
            _text("type"),
            Property(name="available", kind=Flag()),
        ),
        derived=(),
        open=True,
    ),
    ThingKind(
        type=ThingType.LEASE,
        collection="leases",
        urn=None,
        parent="slice_id",
        properties=(
            Property(
                name="slice_id", kind=Link(UrnKind.SLICE), target=ThingType.SLICE, required=True, fixed=True
            ),
            Property(name="resources", kind=_NODES, target=ThingType.RESOURCE, required=True, fixed=True),
            Property(name="start_time", kind=Whole(0), default="0: now"),
            Property(name="duration", kind=Whole(1), default="from start to end"),
            Property(name="end_time", kind=Whole(1), default="duration after the start"),
        ),
        derived=(),
        open=True,
    ),
)

THINGS: Final[Mapping[ThingType, ThingKind]] = MappingProxyType({one.type: one for one in _KINDS})
"""By type."""

COLLECTIONS: Final[Mapping[str, ThingKind]] = MappingProxyType({one.collection: one for one in _KINDS})
"""By the name of the collection."""

COMMON: Final = ("id", "hrn", "status", "created", "updated")
"""Properties that everything has and nobody writes; a lease has no hrn."""
