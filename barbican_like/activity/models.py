"""The room's entities: one frozen value for each kind of row, with the columns' meanings."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


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


class Subscription(NamedTuple):
    """Where changes are delivered, and how far that has come."""

    id: str
    project_id: str  # external id of the owner's project
    user_id: str  # the owner; empty where nothing but the project is known
    caller: str  # JSON: who the owner was when he made it, by which each row is judged
    target: str  # a URL
    wanted: str  # JSON: the filter as it was given
    status: str
    place: int  # the number of the last change that was delivered, or passed over
    problem: str | None  # what was wrong with the last try, or why it is DISABLED
    created_at: datetime  # naive UTC
    updated_at: datetime


class SigningKey(NamedTuple):
    """A key of a subscription; what it is rests among the sealed values, under the same id."""

    id: str
    subscription_id: str
    created_at: datetime
    expires_at: datetime | None  # None: until the next one is made


class Mail(NamedTuple):
    """A mail to one recipient. Its text has no token; see :mod:`barbican_like.activity.mail.texts`."""

    id: str
    event_id: str | None  # the event that it tells of; None: it tells of a subscription
    kind: str
    recipient: str  # an address
    subject: str
    text: str
    message_id: str  # the header of all tries
    created_at: datetime  # naive UTC
    sent_at: datetime | None  # when a server has taken it
    problem: str | None  # why none ever will
