"""An event and what stands in it: frozen values. All times are naive UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.states import EventStatus


class LogType(StrEnum):
    """How much a line of an event's log matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """What happened to an event."""

    timestamp: datetime
    type: LogType
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody has said about an event."""

    sender: str | None  # as an event's user
    message: str
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asks for a change, as it was known when the event was accepted."""

    name: str | None  # the URN of the registry's user, else the login; None: unknown
    user_id: str | None  # of the authenticated caller
    is_admin: bool  # whether the policy lets him do anything here
    project_id: str | None  # external id of the project that he worked in
    is_anonymous: bool = False  # nobody: a registration

    @property
    def is_registered(self) -> bool:
        """Whether he is a user of the registry."""
        return self.name is not None and self.name.startswith("urn:")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What is asked for."""

    action: Action
    object_type: ThingType
    object_id: str
    above: tuple[str, ...]  # the authorities and projects that the object is under: whose PIs may see it
    data: Mapping[str, Any] | None = None
    notify: bool = False
    is_request: bool = False  # somebody has to decide, even where its user might do it


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change that was asked for, and what became of it."""

    number: int  # from the database: the order in which events are accepted
    id: str
    action: Action
    is_request: bool
    author: Author
    object_type: ThingType
    object_id: str
    above: tuple[str, ...]  # as in NewEvent
    data: Mapping[str, Any] | None
    notify: bool
    status: EventStatus
    previous_status: EventStatus | None  # None while it is NEW
    manager: str | None  # who approved or denied
    log: tuple[LogLine, ...]
    messages: tuple[Message, ...]
    created_at: datetime
    updated_at: datetime
    version: int  # counts writes

    def is_by(self, user: str | None, user_id: str | None) -> bool:
        """Whether somebody has asked for it himself; an unknown caller may be any other unknown one.

        :param user: as :attr:`Author.name`.
        :param user_id: of the authenticated caller.
        """
        if self.author.is_anonymous:
            return False
        return user == self.author.name or user_id == self.author.user_id
