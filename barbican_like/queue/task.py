"""The frame that every task runs in: two units of work, so that a failure leaves nothing half done."""

from __future__ import annotations

import errno
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from barbican_like.common import log
from barbican_like.common.errors import (
    ClaimLost,
    ClientError,
    Overloaded,
    ServerError,
    TaskCancelled,
    WorkerStops,
    sentence,
)
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Done, Failed, HandedBack, Outcome, Retry
from barbican_like.queue.run import Run

_LOG = logging.getLogger(__name__)
_MACHINE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EROFS}
)
"""The errors of an OSError that are the machine's fault; others are the work's, such as a refused mail."""

Entity = TypeVar("Entity")
Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class _Worked(Generic[Entity, Work]):
    """A run whose work is done and not written yet."""

    run: Run
    entity: Entity | None  # None: nothing was left to do, and there is no work
    work: Work


class BaseTask(ABC, Generic[Entity, Work]):
    """One kind of task. A subclass says what is worked on, what is done, how success and failure are written.

    The way of a try: ``retrieve_entity``, then ``handle_processing`` outside any transaction since it
    may be long, then ``handle_success`` together with the end of the task's row. If anything of
    that raises, it is rolled back whole, and a fresh unit of work records the retry or, by
    ``handle_error``, the end. If even that fails, the claim is freed within seconds and the row tried again.

    ``handle_success`` and ``handle_error`` write by their unit of work and do nothing else, since they may be
    rolled back and called again.
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
    def handle_processing(self, run: Run, entity: Entity) -> Work:
        """Do the work, outside any transaction; what takes longer than a second calls ``run.checkpoint``."""

    @abstractmethod
    def handle_success(self, uow: UnitOfWork, task: Task, entity: Entity, work: Work) -> Again | None:
        """Write the result; ``Again`` where it is a part, and the task goes on later."""

    @abstractmethod
    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Write that the task was given up. ``task.kwargs`` is None where the row could not be read."""

    def process_and_suppress_exceptions(self, run: Run) -> Outcome | None:
        """Try a claimed task once; None when the claim was lost and so nothing was written."""
        try:
            outcome: Outcome = self._write(self._work(run))
        except Exception as error:  # noqa: BLE001  boundary: whatever failed becomes a retry or an end
            return self.end(run, error)
        return self._note(run, outcome)

    def process_together(self, runs: Sequence[Run]) -> list[Outcome | None]:
        """Try several claimed tasks, whose results share one commit where all goes well.

        Where anything fails, each is written by itself, so that none suffers for another.
        """
        if len(runs) == 1:
            return [self.process_and_suppress_exceptions(runs[0])]
        outcomes: dict[str, Outcome | None] = {}
        worked: list[_Worked[Entity, Work]] = []
        for run in runs:
            try:
                worked.append(self._work(run))
            except Exception as error:  # noqa: BLE001  boundary: as above, of this one alone
                outcomes[run.task.id] = self.end(run, error)
        outcomes |= self._write_together(worked) if worked else {}
        return [outcomes[run.task.id] for run in runs]

    def end(self, run: Run, error: Exception) -> Outcome | None:
        """Record what an error means for a claimed task: another try, or the end."""
        outcome = self._judge(run, error)
        if outcome is not None:
            try:
                self._record(run.task, outcome)
            except ClaimLost:
                outcome = None
            except Exception as unrecorded:  # noqa: BLE001  boundary: the claim is freed for another try soon
                _warn("task.unrecorded", run, unrecorded)
                run.is_unrecorded = True
                self._claims.forget(run)
                return None
        if outcome is None:
            _warn("task.claim_lost", run)
        self._claims.forget(run)
        return outcome

    def _work(self, run: Run) -> _Worked[Entity, Work]:
        run.begin()
        task = run.task
        if task.cancel_requested:
            raise TaskCancelled
        if task.kwargs is None:
            raise _Unreadable
        if task.losses >= run.kind.retries.losses:
            raise _WorkersLost
        run.checkpoint()
        with Reading(self._database) as view:
            entity = self.retrieve_entity(view, task)
        work: Any = None if entity is None else self.handle_processing(run, entity)
        run.pause()
        return _Worked(run, entity, work)

    def _write(self, worked: _Worked[Entity, Work]) -> Done | Again:
        task = worked.run.task
        worked.run.begin()
        with UnitOfWork(self._database) as uow:
            if not uow.tasks.hold(task):
                raise ClaimLost
            ending = None
            if worked.entity is not None:
                ending = self.handle_success(uow, task, worked.entity, worked.work)
            if ending is None and not uow.tasks.finish(task):
                ending = Again()  # it was asked for again meanwhile
            if ending is not None:
                uow.tasks.again(task, ending.delay)
            uow.commit()
        return ending or Done()

    def _write_together(self, worked: Sequence[_Worked[Entity, Work]]) -> dict[str, Outcome | None]:
        worked[0].run.begin()
        try:
            with UnitOfWork(self._database) as uow:
                if not uow.tasks.finish_many([one.run.task for one in worked]):
                    raise ClaimLost
                for one in worked:
                    if one.entity is None:
                        continue
                    if self.handle_success(uow, one.run.task, one.entity, one.work) is not None:
                        raise _Apart
                uow.commit()
        except Exception:  # noqa: BLE001  boundary: whose fault it is shows when each is written by itself
            return self._write_each(worked)
        return {one.run.task.id: self._note(one.run, Done()) for one in worked}

    def _write_each(self, worked: Sequence[_Worked[Entity, Work]]) -> dict[str, Outcome | None]:
        """Write each by itself.

        Where an end cannot even be recorded, the rest would wait in vain: they are freed for another try.
        """
        outcomes: dict[str, Outcome | None] = {}
        for number, one in enumerate(worked):
            outcomes[one.run.task.id] = self._write_apart(one)
            if one.run.is_unrecorded:
                for other in worked[number + 1 :]:
                    self._claims.forget(other.run)
                    outcomes[other.run.task.id] = None
                break
        return outcomes

    def _write_apart(self, worked: _Worked[Entity, Work]) -> Outcome | None:
        try:
            outcome: Outcome = self._write(worked)
        except Exception as error:  # noqa: BLE001  boundary: whatever failed becomes a retry or an end
            return self.end(worked.run, error)
        return self._note(worked.run, outcome)

    def _note(self, run: Run, outcome: Outcome) -> Outcome:
        self._claims.forget(run)
        log.event(_LOG, "task.done" if isinstance(outcome, Done) else "task.goes_on", **_about(run.task))
        return outcome

    def _judge(self, run: Run, error: Exception) -> Outcome | None:
        """What an error means; None: the claim is lost."""
        if isinstance(error, ClaimLost):
            return None
        if isinstance(error, WorkerStops):
            return HandedBack()
        _warn("task.failed", run, error)
        return self._reason_to_end(error) or self._another_try(run, error)

    def _reason_to_end(self, error: Exception) -> Failed | None:
        """The end, where trying again cannot be what anybody wants."""
        if isinstance(error, ClientError):
            return Failed("400", sentence(self.operation, error.message), _name(error))
        if isinstance(error, TaskCancelled):
            return Failed("500", f"{self.operation} failure seen - cancelled by an operator.", _name(error))
        return self._given_up(error) if isinstance(error, _Hopeless) else None

    def _another_try(self, run: Run, error: Exception) -> Retry | Failed:
        retries = run.kind.retries
        own_fault = not _is_trouble(error)
        if own_fault and (run.task.failing_for or 0.0) >= retries.patience:
            return self._given_up(error)
        return Retry(retries.pause(run.task.attempts), _name(error), own_fault=own_fault)

    def _given_up(self, error: Exception) -> Failed:
        reason = f"{self.operation} failure seen - please contact site administrator."
        return Failed("500", reason, _name(error), dead=True)

    def _record(self, task: Task, outcome: Outcome) -> None:
        with UnitOfWork(self._database) as uow:
            if not uow.tasks.hold(task):
                raise ClaimLost
            if isinstance(outcome, Failed):
                self.handle_error(uow, task, outcome)
                if outcome.dead:
                    uow.tasks.bury(task, outcome.error)
                elif not uow.tasks.finish(task):
                    uow.tasks.afresh(task)  # it was asked for again meanwhile
            elif isinstance(outcome, Retry):
                uow.tasks.try_later(
                    task, delay=outcome.delay, error=outcome.error, own_fault=outcome.own_fault
                )
            else:
                uow.tasks.hand_back(task)
            uow.commit()


class _Hopeless(ServerError):
    """Trying again cannot help; an operator may know better."""


class _Unreadable(_Hopeless):
    """The arguments of the task's row cannot be read."""


class _WorkersLost(_Hopeless):
    """Too many workers in a row were lost while they had it: it may be what kills them."""


class _Apart(ServerError):
    """A task that goes on needs a commit of its own."""


def _is_trouble(error: Exception) -> bool:
    """Whether it is the database's or the machine's fault: then it costs nothing of a kind's patience."""
    return isinstance(error, Overloaded | MemoryError) or getattr(error, "errno", None) in _MACHINE


def _name(error: Exception) -> str:
    return type(error).__name__.lstrip("_")


def _warn(event: str, run: Run, error: Exception | None = None) -> None:
    level = logging.WARNING if error is None or isinstance(error, ClientError) else logging.ERROR
    fields = _about(run.task) if error is None else {"error": type(error).__name__} | _about(run.task)
    log.event(_LOG, event, level, **fields)


def _about(task: Task) -> dict[str, Any]:
    return {"name": task.name, "entity": task.entity_id, "attempt": task.attempts, "fence": task.fence}
