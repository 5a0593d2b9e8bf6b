"""What workers do for the room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Final

from barbican_like.activity.events.journal import Journal
from barbican_like.activity.events.service import KEY_LIFE
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.mail.links import LIFE
from barbican_like.activity.registration import expire
from barbican_like.activity.repository.confirmations import ConfirmationRepo
from barbican_like.activity.repository.event_locks import EventKeyRepo
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.mails import MailRepo
from barbican_like.activity.repository.subscriptions import SubscriptionRepo
from barbican_like.activity.repository.tokens import TokenRepo
from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

_BATCH: Final = 500
_MAILS_KEPT: Final = timedelta(days=3)  # at least: for two they may be tried
_PAUSE: Final = 30.0  # seconds between two turns


class KeepFeed(BaseTask[str, int]):
    """Removes old rows of the feed and what has expired, and numbers rows that no reader has asked for.

    :param retention: seconds for which rows are kept.
    """

    operation: ClassVar[str] = "Process Activity retention"

    def __init__(self, database: Database, claims: Claims, *, retention: float) -> None:
        super().__init__(database, claims)
        self._retention = timedelta(seconds=retention)

    def retrieve_entity(self, view: Reading, task: Task) -> str:
        """There is one feed."""
        return task.entity_id

    def handle_processing(self, run: Run, entity: str) -> int:
        """Remove batch after batch, each in a transaction; returns how many rows."""
        number_committed(self._database)
        before = clock.now() - self._retention
        removed = 0
        while True:
            run.progress(f"{removed} rows removed")
            with UnitOfWork(self._database) as uow:
                count = uow.of(FeedRepo).remove_older(before, _BATCH)
                uow.commit()
            removed += count
            if count < _BATCH:
                break
        expired = clock.now() - KEY_LIFE
        self._remove_all(lambda uow: uow.of(TokenRepo).remove_expired(_BATCH))
        self._remove_all(lambda uow: uow.of(EventKeyRepo).remove_expired(expired, _BATCH))
        unconfirmed = clock.now() - LIFE
        self._remove_all(lambda uow: expire(uow, Journal(), unconfirmed, _BATCH))
        self._remove_all(lambda uow: uow.of(ConfirmationRepo).remove_expired(_BATCH))
        self._remove_all(_remove_keys)
        told = clock.now() - max(self._retention, _MAILS_KEPT)
        self._remove_all(lambda uow: uow.of(MailRepo).remove_older(told, _BATCH))
        return removed

    def _remove_all(self, remove: Callable[[UnitOfWork], int]) -> None:
        while True:
            with UnitOfWork(self._database) as uow:
                count = remove(uow)
                uow.commit()
            if count < _BATCH:
                return

    def handle_success(self, uow: UnitOfWork, task: Task, entity: str, work: int) -> Again:
        """Go on after a pause."""
        return Again(_PAUSE)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """There is nobody to tell."""


def _remove_keys(uow: UnitOfWork) -> int:
    subscriptions = uow.of(SubscriptionRepo)
    expired = subscriptions.expired_keys(_BATCH)
    subscriptions.remove_keys(expired)
    uow.sealed_values.remove(expired)
    return len(expired)
