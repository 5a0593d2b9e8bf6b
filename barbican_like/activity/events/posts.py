"""Which moves of an event people are told of by mail: the one table, and the port that the mails leave by."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from barbican_like.activity.event import Event
from barbican_like.activity.states import EventStatus
from barbican_like.model.unit_of_work import UnitOfWork

_S: Final = EventStatus


class Post(StrEnum):
    """A kind of mail."""

    CONFIRM = "confirm"  # to the applicant: follow this link
    PENDING = "pending"  # to those who may decide
    DENIED = "denied"  # to who has asked for it, as the next two
    DONE = "done"
    FAILED = "failed"


POSTS: Final[Mapping[tuple[EventStatus, EventStatus], Post]] = MappingProxyType(
    {
        (_S.NEW, _S.CONFIRM): Post.CONFIRM,
        (_S.NEW, _S.PENDING): Post.PENDING,
        (_S.CONFIRM, _S.PENDING): Post.PENDING,
        (_S.PENDING, _S.DENIED): Post.DENIED,
        (_S.RUNNING, _S.SUCCESS): Post.DONE,
        (_S.RUNNING, _S.WARNING): Post.DONE,
        (_S.NEW, _S.ERROR): Post.FAILED,
        (_S.WAITING, _S.ERROR): Post.FAILED,
        (_S.RUNNING, _S.ERROR): Post.FAILED,
    }
)
"""By the status before and after. Of an event whose ``notify`` is false nobody is told.

:class:`barbican_like.activity.events.journal.Journal` looks here at each move and hands the event to its
:class:`PostOffice`, in the transaction that writes the move.
"""


class PostOffice(Protocol):
    """Takes mails."""

    def take(self, uow: UnitOfWork, event: Event, kind: Post, said: str) -> None:
        """Write down, in this transaction, that people are to be told.

        :param event: as it is after its move.
        :param said: with the move itself, by who decided or by what failed; empty: nothing.
        """


class NoPostOffice:
    """Where no mail leaves: nobody is told."""

    def take(self, uow: UnitOfWork, event: Event, kind: Post, said: str) -> None:
        """Leave it."""
