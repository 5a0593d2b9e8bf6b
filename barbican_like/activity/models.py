"""The room's entities: one frozen value for each kind of row, with the columns' meanings."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

OBJECT_TYPES: Final = {"secrets": "SECRET", "containers": "CONTAINER", "orders": "ORDER"}
"""The type of the objects that changes of each name are about."""


class NewChange(NamedTuple):
    """A change of an object, as it is written."""

    at: datetime  # naive UTC, by the writer's clock
    name: str  # of the feed's kind of objects, such as secrets
    object_id: str
    op: str  # created, updated or deleted
    what: str | None  # the part that changed; None for the whole
    old_status: str | None
    new_status: str | None
    actor: str | None  # the user who did it; None for the program itself
    project_id: str | None  # external id of the project that owns the object
    event_id: str | None  # of the event that the change belongs to
    audience: str | None  # JSON: what else decides who may read the row, and who is registered on the object
    snapshot: str  # JSON: the object as a GET shows it after the change, or before it is gone


class Change(NamedTuple):
    """The same with its number, as it is read."""

    seq: int  # dense from 1, in one order for all
    at: datetime
    name: str
    object_id: str
    op: str
    what: str | None
    old_status: str | None
    new_status: str | None
    actor: str | None
    project_id: str | None
    event_id: str | None
    audience: str | None
    snapshot: str


class Head(NamedTuple):
    """Where the feed begins and ends."""

    last: int  # the last number given; 0 before the first
    oldest: int  # the number of the oldest row that is kept, or that the next row will have
