"""What rooms tell each other: that something has changed, without knowing who listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
PRESENT: Final = "initial"
"""The op of an object that was there before the changes that follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What decides who may hear of a change."""

    project_id: str | None  # external id of the project that owns the thing
    creator_id: str | None = None
    is_open: bool = True  # False: an ACL closes the thing to its project
    readers: tuple[str, ...] = ()  # users whom its ACL names
    above: tuple[str, ...] = ()  # authorities and projects that a thing of the registry is at or under
    members: tuple[str, ...] = ()  # registry users who are in it
    pis: tuple[str, ...] = ()  # those who are its PIs
    pi_of: tuple[str, ...] = ()  # of a registry user: the authorities and projects that he is a PI of
    login: str | None = None  # of a registry user: the authenticated user id that stands for him
    is_public: bool = False  # True: its owner shows the thing to every project


NOBODY: Final = Audience(project_id=None)
"""The audience of what is only for the program itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One change, told in the transaction that makes it. It never holds what is secret."""

    object: str  # the kind of what changed, such as secret
    id: str  # its id
    op: str  # created, updated, deleted, or a word of the room that tells
    what: str | None = None  # the part of it that changed, such as acl; None for the whole
    old: str | None = None  # its status before
    new: str | None = None  # and after
    actor: str | None = None  # the user who did it; None for the program itself
    event_id: str | None = None  # of the event that it belongs to
    audience: Audience = NOBODY
    snapshot: Mapping[str, Any] = field(default_factory=dict)  # the thing as it now is, for who comes late
    at: datetime | None = None  # when, naive UTC; None: as the transaction ends
