"""What can be done with events: ask for changes, decide, comment, have tried again. It knows no HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import orjson

from barbican_like.activity.event import Author, Event, Message, NewEvent
from barbican_like.activity.events import deciding
from barbican_like.activity.events.journal import Journal, line
from barbican_like.activity.kinds import PROCESS_ACTIVITY_EVENT
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import Action
from barbican_like.activity.repository.event_locks import EventKeyRepo, ObjectLockRepo
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.states import RETRIED, EventStatus
from barbican_like.common import clock
from barbican_like.common.errors import Conflict, Forbidden
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import Repositories, UnitOfWork
from barbican_like.queue.client import NOBODY, TaskClient

KEY_LIFE: Final = timedelta(hours=24)
_UNDECIDED: Final = frozenset({EventStatus.NEW, EventStatus.CONFIRM})

Driver = Callable[[Repositories], Registry]
"""Gives the registry, in the transaction or the view that it is asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, with a digest of the request that has it."""

    name: str
    digest: str

    @classmethod
    def of(cls, name: str, method: str, path: str, body: object) -> Key:
        """The key of a request."""
        whole = orjson.dumps([method, path, body], option=orjson.OPT_SORT_KEYS)
        return cls(name=name, digest=hashlib.sha256(whole).hexdigest())


class Events:
    """The use cases.

    :param journal: writes events.
    :param client: lets workers know.
    :param driver: gives the registry.
    """

    def __init__(self, journal: Journal, client: TaskClient, driver: Driver) -> None:
        self.journal, self._client, self._driver = journal, client, driver

    def registry(self, repositories: Repositories) -> Registry:
        """The registry, as a transaction or a view sees it."""
        return self._driver(repositories)

    def known(self, uow: UnitOfWork, caller: Caller, project_id: str, key: Key | None) -> list[str] | None:
        """The ids of the events that a request with this key has made; None where none has: the key is taken.

        :raises Conflict: when that was another request.
        """
        if key is None:
            return None
        keys, expired = uow.of(EventKeyRepo), clock.now() - KEY_LIFE
        if keys.take(project_id, caller.login, key.name, digest=key.digest, expired=expired):
            return None
        found = keys.find(project_id, caller.login, key.name)
        if found is None or found[0] != key.digest:
            raise Conflict("The Idempotency-Key was used for another request")
        return found[1]

    def accept(
        self, uow: UnitOfWork, author: Author, asked: Sequence[NewEvent], key: Key | None = None
    ) -> list[str]:
        """Write events with their tasks; all of them are about one object. Their ids.

        :param key: that :meth:`known` has taken.
        :raises Conflict: when what is to be made is there, or is being made.
        """
        event_ids = []
        for number, new in enumerate(asked):
            if number == 0:
                uow.of(ObjectLockRepo).hold(new.object_id)
            if new.action is Action.CREATE:
                self._require_free(uow, new)
            event = self.journal.begin(uow, author, new)
            self._client.owe(uow, PROCESS_ACTIVITY_EVENT, event.id, project_id=author.project_id or NOBODY)
            event_ids.append(event.id)
        if key is not None:
            project = author.project_id or NOBODY
            uow.of(EventKeyRepo).fill(project, author.user_id, key.name, event_ids)
        return event_ids

    def decide(
        self, uow: UnitOfWork, caller: Caller, event_id: str, *, approve: bool, text: str | None
    ) -> Event:
        """Approve or deny a request.

        :raises Conflict: when it is none any more: somebody was faster.
        :raises Forbidden: when the caller may not decide it.
        """
        event = uow.of(EventRepo).lock(event_id)
        if event.status is not EventStatus.PENDING:
            raise Conflict(f"The event is {event.status}, so there is nothing to decide")
        if not deciding.executable(self._driver(uow), caller, [event])[event.id]:
            raise Forbidden("Only PIs over the object and admins decide, and nobody his own request")
        decided = self.journal.move(
            uow,
            event,
            EventStatus.APPROVED if approve else EventStatus.DENIED,
            message=None if text is None else said(caller, text),
            manager=caller.name,
            notify=True,
        )
        if approve:
            self.wake(uow, decided)
        return decided

    def comment(self, uow: UnitOfWork, caller: Caller, event_id: str, text: str) -> Event:
        """Say something about an event, whose status stays.

        :raises Conflict: when there is as much as may be.
        """
        return self.journal.comment(uow, uow.of(EventRepo).lock(event_id), said(caller, text))

    def retry(self, uow: UnitOfWork, event_id: str) -> Event:
        """Let what has ended badly be tried again.

        :raises Conflict: when it has not, or when nobody has ever let it be carried out.
        """
        event = uow.of(EventRepo).lock(event_id)
        if event.status not in RETRIED:
            raise Conflict(f"The event is {event.status}, so it is not tried again")
        if not self._was_let(uow, event):
            raise Conflict(
                "Nobody has decided on the event, so it is not tried again: it must be asked for anew"
            )
        again = self.journal.move(uow, event, EventStatus.WAITING, [line("An admin wants another try")])
        given_up = uow.tasks.find(PROCESS_ACTIVITY_EVENT.name, event.id)
        if given_up is not None and given_up.status is TaskStatus.DEAD:
            uow.tasks.discard(given_up.id)
        self.wake(uow, again)
        return again

    def wake(self, uow: UnitOfWork, event: Event) -> None:
        """Let an event's task be worked once from now on, whether or not the last one has quite ended."""
        project = event.author.project_id or NOBODY
        self._client.ensure(uow, PROCESS_ACTIVITY_EVENT, event.id, project_id=project)

    def _was_let(self, uow: UnitOfWork, event: Event) -> bool:
        """Whether what has ended was to be carried out once, or need not wait for anybody now.

        What ends before it is routed or confirmed has met nobody who might have said no.
        """
        if event.previous_status not in _UNDECIDED:
            return True
        return deciding.route(self._driver(uow), event)[0] is EventStatus.WAITING

    def _require_free(self, uow: UnitOfWork, new: NewEvent) -> None:
        """Let no two things get one name, which authorities and projects share."""
        if self._driver(uow).find(new.object_id) is not None:
            raise Conflict(f"The name {new.object_id} is taken")
        if uow.of(EventRepo).is_being_created(new.object_id):
            raise Conflict(f"An unfinished event is about to make {new.object_id}")


def said(caller: Caller, text: str) -> Message:
    """What somebody says, as of now."""
    return Message(sender=caller.name, message=text, timestamp=clock.now())
