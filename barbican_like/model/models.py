"""The entities: one frozen value for each kind of row, with the columns' meanings.

Repositories return these. They hold no session, save nothing and never change; a change is a call
to a repository. The tables they are read from stand in :mod:`barbican_like.model.tables`.
All times are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from barbican_like.model.states import OrderStatus, TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A tenant; made at its first write."""

    id: str
    external_id: str  # the id that the caller's authentication names


@dataclass(frozen=True, slots=True)
class Consumer:
    """A service's claim that it uses a secret."""

    service: str
    resource_type: str
    resource_id: str
    created_at: datetime
    updated_at: datetime
    creator_project_id: str  # external id of the project that registered it


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl:
    """Who may read an entity besides those whom its project lets."""

    project_access: bool  # False closes it to its project, but for its creator and the project's admin
    users: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """What an entity's ACL says about one caller."""

    project: bool = True  # whether it is open to its project; without an ACL it is
    reader: bool = False  # whether it names the caller


OPEN = Access()
"""The access to what has no ACL."""


class Guard(NamedTuple):
    """What an entity's ACL says about all callers."""

    is_open: bool = True  # to its project
    readers: tuple[str, ...] = ()


UNGUARDED = Guard()
"""The guard of what has no ACL."""


class Secret(NamedTuple):
    """A secret's description; its payload is sealed elsewhere.

    A page of a list makes a hundred of them, and a frozen dataclass takes five times as long.
    """

    id: str
    project_id: str  # the owner's external id
    creator_id: str | None
    name: str | None
    secret_type: str
    algorithm: str | None
    bit_length: int | None
    mode: str | None
    expiration: datetime | None  # from then on the secret is as good as gone
    content_type: str | None  # of the payload; None while there is none
    created_at: datetime
    updated_at: datetime
    consumers: tuple[Consumer, ...] = ()
    access: Access = OPEN  # of the caller that was named when it was read
    guard: Guard = UNGUARDED  # of its ACL, where it was read to be changed


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPayload:
    """A payload as it rests, with what is needed to open it."""

    store: str  # name of the plug-in that sealed it
    sealed: bytes = field(repr=False)
    version: int  # of the payload within its secret, bound into the seal
    key: ProjectKey | None  # None: the plug-in uses no project key


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectKey:
    """A project's key-encryption key, wrapped under a term of a store's keyring."""

    id: str
    project_id: str  # the owner's external id
    store: str  # the store whose keyring wraps it
    term: int
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringTerm:
    """One generation of a store's keyring: its key, sealed by the store's master key."""

    store: str
    term: int
    sealed: bytes = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """A secret's place in a container."""

    name: str | None
    secret_id: str


@dataclass(frozen=True, slots=True)
class ContainerConsumer:
    """A service's claim that it uses a container."""

    name: str
    url: str
    created_at: datetime
    updated_at: datetime
    creator_project_id: str  # external id of the project that registered it


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A named set of secrets."""

    id: str
    project_id: str
    creator_id: str | None
    name: str | None
    type: str
    created_at: datetime
    updated_at: datetime
    references: tuple[SecretReference, ...] = ()
    consumers: tuple[ContainerConsumer, ...] = ()
    access: Access = OPEN  # of the caller that was named when it was read
    guard: Guard = UNGUARDED  # of its ACL, where it was read to be changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request for something that takes time to make."""

    id: str
    project_id: str
    creator_id: str | None
    type: str
    meta: Mapping[str, Any]
    status: OrderStatus
    secret_id: str | None
    container_id: str | None
    error_status_code: str | None
    error_reason: str | None
    sub_status: str | None
    sub_status_message: str | None
    created_at: datetime
    updated_at: datetime


class Task(NamedTuple):
    """Work that is owed; the row is the truth, a message about it only a wake-up."""

    id: str
    name: str  # of its kind, such as process_type_order
    entity_id: str
    project_id: str  # external id of the project that it is worked for; empty: nobody's
    kwargs: Mapping[str, Any] | None  # ids, also of things to be made; None where the row cannot be read
    status: TaskStatus
    cost: int  # by how much it puts off its project's next turn
    turn: int  # ready rows of a kind are taken in this order
    due_at: datetime | None  # of a SCHEDULED row: ready from then on
    wanted: int  # how often it was asked for since the row was made
    claimed_by: str | None  # id of the lease that holds it
    fence: int  # grows with each claim; a result must name the fence it was claimed with
    attempts: int  # claims since the last progress
    losses: int  # claims since then whose worker was lost
    failing_for: float | None  # seconds since the first of the tries that have all failed by its own fault
    last_error: str | None  # for operators: a class name, never a value
    cancel_requested: bool
    progress: str | None  # what its worker last told of it, for operators
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLease:
    """A worker process's right to hold claims: it lives as long as ``beats`` grows."""

    id: str
    host: str
    boot: str  # of the kernel it runs on
    pid: int
    beats: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKey:
    """A public key under which clients may wrap what they send to a store."""

    id: str
    plugin_name: str
    transport_key: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedStore:
    """A secret store that projects may prefer."""

    id: str
    store: str  # the name that payloads' rows have
    name: str  # as people read it
    store_plugin: str
    crypto_plugin: str | None
    global_default: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A place in a list, beside one of its rows: that row need not be there any more."""

    order: str = ""  # what the list is sorted by
    values: tuple[str | int | None, ...] = ()  # the row's, of the columns that it is sorted by
    backwards: bool = False  # the page ends before the row; else it begins behind it
    row_id: str | None = None  # of a living row instead, as clients of OpenStack name it


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is wanted."""

    offset: int  # rows before it
    limit: int
    marker: Marker | None = None  # where it begins, without counting; unless the list cannot use it
