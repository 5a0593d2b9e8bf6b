"""The frame that every task runs in: two units of work, so that a failure leaves nothing half done."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from barbican_like.common import log
from barbican_like.common.errors import ClaimLost, ClientError
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.tasks.outcome import Done, Failed, Outcome, Retry, backoff

_LOG = logging.getLogger(__name__)

Entity = TypeVar("Entity")
Work = TypeVar("Work")


class BaseTask(ABC, Generic[Entity, Work]):
    """One kind of task. A subclass says what is worked on, what is done, how success and failure are written.

    The way of a try: ``retrieve_entity``, then ``handle_processing`` outside any transaction since it
    may be long, then ``handle_success`` together with the removal of the task's row. If anything of
    that raises, it is rolled back whole, and a fresh unit of work records the retry or, by
    ``handle_error``, the end. If even that fails, the claim expires and a sweep finds the row.
    """

    operation: ClassVar[str]
    """The operation's name in reasons that users read, such as ``Process TypeOrder``."""

    def __init__(self, database: Database, claims: Claims) -> None:
        self._database = database
        self._claims = claims

    @abstractmethod
    def retrieve_entity(self, view: Reading, task: Task) -> Entity | None:
        """The entity as it stands; None when there is nothing left to do for it."""

    @abstractmethod
    def handle_processing(self, task: Task, entity: Entity) -> Work:
        """Do the work, outside any transaction."""

    @abstractmethod
    def handle_success(self, uow: UnitOfWork, task: Task, entity: Entity, work: Work) -> None:
        """Write the result."""

    @abstractmethod
    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Write that the task was given up."""

    def process_and_suppress_exceptions(self, task: Task) -> Outcome | None:
        """Try a claimed task once; None when the claim was lost and so nothing was written."""
        try:
            return self._try(task)
        except ClaimLost:
            self._claims.forget(task)
            log.event(_LOG, "task.claim_lost", logging.WARNING, **_about(task))
            return None
        except Exception as error:  # noqa: BLE001  boundary: whatever failed becomes a retry or an end
            outcome = self._judge(task, error)
        try:
            self._record(task, outcome)
        except Exception as error:  # noqa: BLE001  boundary: the row stays, and a sweep will find it
            log.event(_LOG, "task.unrecorded", logging.ERROR, error=type(error).__name__, **_about(task))
            return None
        finally:
            self._claims.forget(task)
        return outcome

    def _try(self, task: Task) -> Done:
        if task.attempts > task.max_attempts:
            raise _Exhausted
        with Reading(self._database) as view:
            entity = self.retrieve_entity(view, task)
        work = None if entity is None else self.handle_processing(task, entity)
        with UnitOfWork(self._database) as uow:
            self._claims.finish(uow, task)
            if entity is not None and work is not None:
                self.handle_success(uow, task, entity, work)
            uow.commit()
        self._claims.forget(task)
        log.event(_LOG, "task.done", **_about(task))
        return Done()

    def _judge(self, task: Task, error: Exception) -> Retry | Failed:
        level = logging.WARNING if isinstance(error, ClientError) else logging.ERROR
        log.event(_LOG, "task.failed", level, error=type(error).__name__, **_about(task))
        if isinstance(error, ClientError):
            return Failed("400", f"{self.operation} issue seen - {error.message}.")
        if task.attempts < task.max_attempts and not isinstance(error, _Exhausted):
            return Retry(backoff(task.attempts), type(error).__name__)
        return Failed("500", f"{self.operation} failure seen - please contact site administrator.")

    def _record(self, task: Task, outcome: Retry | Failed) -> None:
        with UnitOfWork(self._database) as uow:
            if isinstance(outcome, Retry):
                self._claims.release(uow, task, delay=outcome.delay, error=outcome.error)
            else:
                self._claims.finish(uow, task)
                self.handle_error(uow, task, outcome)
            uow.commit()


class _Exhausted(Exception):
    """Claimed more often than allowed: its earlier tries died without a word, killing their worker."""


def _about(task: Task) -> dict[str, Any]:
    return {"name": task.name, "entity": task.entity_id, "attempt": task.attempts, "fence": task.fence}
