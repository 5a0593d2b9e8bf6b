"""What a worker writes: slots that are let in, batches that are reserved, results, and progress.

Each call is a part of a transaction that has locked the slot's task row, so that nothing is written for a
worker whose claim is lost. Counters of a job are changed by difference, with the job's row locked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository
from barbican_like.model.types import DatabaseTime
from barbican_like.workqueue.faults import Fault
from barbican_like.workqueue.models import Attempt, Counters, Element, Job
from barbican_like.workqueue.repository.elements import element_of, fault_columns
from barbican_like.workqueue.repository.jobs import counted, element_columns, job_of
from barbican_like.workqueue.repository.slots import moment_of
from barbican_like.workqueue.states import ELEMENT_MOVES, JOB_MOVES, ElementStatus, JobType
from barbican_like.workqueue.tables import attempts, elements, findings, jobs, shares

_NOW = DatabaseTime()
_LOCK = select(jobs).where(jobs.c.id == bindparam("of_id")).with_for_update()
_SERVE = (
    update(shares)
    .where(shares.c.project_id == bindparam("of_project"))
    .values(served=shares.c.served + bindparam("seconds"))
)

_HAS = elements.c.slot == bindparam("of_slot")
_THIS = and_(elements.c.job_id == bindparam("of_job"), elements.c.id == bindparam("of_id"))
_LEFT = select(elements).where(_HAS).order_by(elements.c.job_id, elements.c.id)
_MAY_GO = and_(
    elements.c.job_id == bindparam("of_job"),
    elements.c.waits,
    or_(elements.c.due_at.is_(None), elements.c.due_at <= _NOW),
)
_NEXT = (
    select(elements).where(_MAY_GO, elements.c.stage == 0).order_by(elements.c.id).limit(bindparam("limit"))
)
_NEXT_DIRECTORIES = (
    select(elements)
    .where(_MAY_GO, elements.c.stage == 1)
    .order_by(elements.c.id.desc())
    .limit(bindparam("limit"))
)
_BEFORE_DIRECTORIES = (
    select(elements.c.id)
    .where(
        elements.c.job_id == bindparam("of_job"),
        or_(elements.c.slot.is_not(None), and_(elements.c.waits, elements.c.stage == 0)),
    )
    .limit(1)
)
_WAKES = select(func.min(elements.c.due_at)).where(elements.c.job_id == bindparam("of_job"), elements.c.waits)


def _moved(new: ElementStatus) -> Any:
    """Of rows whose status the new one may follow, or is. A list of them (IN) cannot be executed for many."""
    before = sorted(ELEMENT_MOVES.predecessors(new) | {new})
    return update(elements).where(_THIS, or_(*(elements.c.status == old for old in before)))


_RESERVE = {
    status: _moved(status)
    .where(elements.c.waits)
    .values(
        status=status, waits=False, due_at=None, slot=bindparam("to_slot"), attempts=bindparam("at_attempts")
    )
    for status in (ElementStatus.SUBMITTED, ElementStatus.RUNNING)
}
_COLUMNS: Final = (
    *("suspect", "attempts", "transferred", "elapsed", "average", "checksum", "size"),
    *("error_class", "error_code", "error_reason", "updated_at"),
)
_WAITING: Final = (ElementStatus.NEW, ElementStatus.SUBMITTED)
_SETTLE = {
    status: _moved(status)
    .where(_HAS)
    .values(
        status=status,
        slot=None,
        instant=0.0,
        waits=status in _WAITING,
        **{name: bindparam(f"to_{name}") for name in _COLUMNS},
    )
    for status in ElementStatus
}
_LATER = update(elements).where(_THIS).values(due_at=DatabaseTime(bindparam("delay")))
_AUTH_SINCE = update(elements).where(_THIS).values(auth_since=func.coalesce(elements.c.auth_since, _NOW))
_AUTH_WAITED = select(elements.c.auth_since, _NOW.label("now")).where(_THIS)
_BEAT = (
    _moved(ElementStatus.RUNNING)
    .where(_HAS)
    .values(
        status=ElementStatus.RUNNING,
        attempts=bindparam("to_attempts"),
        transferred=bindparam("to_transferred"),
        elapsed=bindparam("to_elapsed"),
        instant=bindparam("to_instant"),
        average=bindparam("to_average"),
    )
)
_IS_CANCELLED = select(jobs.c.cancel_requested).where(jobs.c.id == bindparam("of_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """How much a slot takes at once."""

    files: int = 64
    bytes: int = 16 * 2**20
    alone: int = 8 * 2**20  # bytes of a file that is worked alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an element that a slot had."""

    element: Element  # as the slot had it
    status: ElementStatus  # NEW: given back; SUBMITTED: waits for another try
    attempts: int
    attempt: Attempt | None = None  # the try that has ended; None where none has begun
    fault: Fault | None = None
    delay: float = 0.0  # seconds until another try
    suspect: bool = False
    transferred: int = 0
    elapsed: float = 0.0
    checksum: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an element at work is."""

    element: Element
    attempts: int
    transferred: int
    elapsed: float
    instant: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what element 0 has found."""

    children: Sequence[Element] = ()
    content: bytes | None = None  # a page of a listing or a plan
    page: int = 0
    cursor: bytes | None = None  # the last path that is written
    ends: bool = False  # there is no more


class TurnRepo(Repository):
    """The rows that a slot works with."""

    def left_by(self, slot_id: str) -> Sequence[Element]:
        """What the slot has reserved."""
        return [element_of(row) for row in self._connection.execute(_LEFT, {"of_slot": slot_id})]

    def lock(self, job_id: int) -> Job | None:
        """A job, locked until the commit."""
        row = self._connection.execute(_LOCK, {"of_id": job_id}).one_or_none()
        return None if row is None else job_of(row)

    def reserve(self, job: Job, slot_id: str, appetite: Appetite) -> tuple[Job, list[Element]]:
        """Give a slot the next elements of a job that is locked; none where none may go now."""
        found = self._next(job, appetite)
        if not found:
            wakes = self._connection.execute(_WAKES, {"of_job": job.id}).scalar_one()
            # What waits for elements that others have is woken by their results.
            self._write(job, wake_at=wakes or datetime(9999, 1, 1))  # noqa: DTZ001  naive as all of them
            return job, []
        alone = len(found) == 1 and _is_alone(found[0], appetite)
        status = ElementStatus.RUNNING if alone else ElementStatus.SUBMITTED
        taken = [replace(element, status=status, attempts=element.attempts + alone) for element in found]
        self._connection.execute(
            _RESERVE[status],
            [
                {"of_job": job.id, "of_id": one.id, "to_slot": slot_id, "at_attempts": one.attempts}
                for one in taken
            ],
        )
        counters = _shifted(job.counters, ((one.status, status) for one in found))
        return self._write(
            job, counters=counters, waiting=-len(found), last_turn=time.time_ns() // 1000
        ), taken

    def _next(self, job: Job, appetite: Appetite) -> list[Element]:
        values = {"of_job": job.id, "limit": appetite.files}
        found = [element_of(row) for row in self._connection.execute(_NEXT, values)]
        if not found and job.type is JobType.REMOVE and job.expanded:
            if self._connection.execute(_BEFORE_DIRECTORIES, {"of_job": job.id}).first() is None:
                return [element_of(row) for row in self._connection.execute(_NEXT_DIRECTORIES, values)]
            return []
        return _batch(found, appetite)

    def settle(self, job: Job, slot_id: str, results: Sequence[Result], seconds: float = 0.0) -> Job:
        """Write what became of elements that a slot had; the job is locked.

        :param seconds: that they took, which the project's share pays for.
        """
        for status in {result.status for result in results}:
            rows = [_settled(result, slot_id) for result in results if result.status is status]
            self._connection.execute(_SETTLE[status], rows)
        self._postpone(job, results)
        ended = [result.attempt for result in results if result.attempt is not None]
        if ended:
            self._connection.execute(insert(attempts), [_attempt_columns(attempt) for attempt in ended])
        if seconds > 0:
            self._connection.execute(_SERVE, {"of_project": job.project_id, "seconds": seconds})
        counters = _shifted(job.counters, ((one.element.status, one.status) for one in results))
        copied = sum(
            one.transferred
            for one in results
            if one.status is ElementStatus.DONE and one.element.type is JobType.COPY
        )
        waiting = sum(one.status in _WAITING for one in results)
        expanded = job.expanded or any(
            one.element.id == 0 and one.status in {ElementStatus.FAILED, ElementStatus.CANCELLED}
            for one in results
        )
        return self._write(
            replace(job, expanded=expanded),
            counters=counters,
            waiting=waiting,
            bytes_done=job.bytes_done + copied,
            expanded=expanded,
        )

    def _postpone(self, job: Job, results: Sequence[Result]) -> None:
        later = [
            {"of_job": job.id, "of_id": one.element.id, "delay": one.delay}
            for one in results
            if one.delay > 0
        ]
        if later:
            self._connection.execute(_LATER, later)

    def waits_for_credential(self, job_id: int, element_id: int) -> float:
        """Note that an element waits for a credential; seconds since it began to."""
        values = {"of_job": job_id, "of_id": element_id}
        self._connection.execute(_AUTH_SINCE, values)
        row = self._connection.execute(_AUTH_WAITED, values).one_or_none()
        return 0.0 if row is None else (moment_of(row.now) - moment_of(row.auth_since)).total_seconds()

    def expand(self, job: Job, found: Found) -> Job:
        """Write a page of what element 0 has found; the job is locked."""
        if found.children:
            self._connection.execute(insert(elements), [element_columns(child) for child in found.children])
        if found.content is not None:
            values = {"job_id": job.id, "page": found.page, "content": found.content}
            self._connection.execute(insert(findings), values)
        number = len(found.children)
        counters = replace(job.counters, new=job.counters.new + number)
        size = sum(child.size or 0 for child in found.children if child.type is JobType.COPY)
        return self._write(
            replace(job, expanded=job.expanded or found.ends),
            counters=counters,
            waiting=number,
            cursor=found.cursor if found.cursor is not None else job.cursor,
            next_element=job.next_element + number,
            bytes_total=job.bytes_total + size,
            expanded=job.expanded or found.ends,
        )

    def cancel(self, job: Job, ended: Sequence[Element]) -> Job:
        """Count waiting elements that were cancelled, as they were before; the job is locked."""
        expanded = job.expanded or any(element.id == 0 for element in ended)
        return self._write(
            replace(job, expanded=expanded),
            counters=_shifted(job.counters, ((one.status, ElementStatus.CANCELLED) for one in ended)),
            waiting=-len(ended),
            expanded=expanded,
        )

    def beat(self, slot_id: str, progress: Progress) -> None:
        """Write how far an element is."""
        average = progress.transferred / progress.elapsed if progress.elapsed > 0 else 0.0
        values = {
            "of_job": progress.element.job_id,
            "of_id": progress.element.id,
            "of_slot": slot_id,
            "to_attempts": progress.attempts,
            "to_transferred": progress.transferred,
            "to_elapsed": progress.elapsed,
            "to_instant": progress.instant,
            "to_average": average,
        }
        self._connection.execute(_BEAT, values)

    def begin(self, job: Job) -> None:
        """Count an element of a batch that is at work now; the job is locked."""
        self._write(job, counters=_shifted(job.counters, [(ElementStatus.SUBMITTED, ElementStatus.RUNNING)]))

    def is_cancelled(self, job_id: int) -> bool:
        """Whether a job's user has ended it, or it is gone."""
        found = self._connection.execute(_IS_CANCELLED, {"of_id": job_id}).scalar_one_or_none()
        return found is None or bool(found)

    def _write(self, job: Job, *, counters: Counters | None = None, waiting: int = 0, **columns: Any) -> Job:
        """Write a job that is locked, with the status that follows; what waits is looked at again."""
        counters = counters or job.counters
        status = job.status_of(counters)
        if status is not job.status:
            JOB_MOVES.require(job.status, status)
        values = {
            "wake_at": None,
            "status": status,
            "updated_at": clock.now(),
            **counted(counters),
            **columns,
        }
        self._connection.execute(
            update(jobs).where(jobs.c.id == job.id).values(waiting=jobs.c.waiting + waiting, **values)
        )
        own = {
            name: columns[name]
            for name in ("cursor", "next_element", "bytes_total", "bytes_done")
            if name in columns
        }
        return replace(job, counters=counters, status=status, **own)


def _batch(found: Sequence[Element], appetite: Appetite) -> list[Element]:
    """As many as a slot takes at once, from the first on."""
    batch: list[Element] = []
    size = 0
    for element in found:
        if _is_alone(element, appetite):
            return batch or [element]
        size += element.size or 0
        if batch and size > appetite.bytes:
            break
        batch.append(element)
    return batch


def _is_alone(element: Element, appetite: Appetite) -> bool:
    return element.id == 0 or element.suspect or (element.size or 0) > appetite.alone


def _shifted(counters: Counters, moves: Iterable[tuple[ElementStatus, ElementStatus]]) -> Counters:
    numbers = {status: getattr(counters, status.lower()) for status in ElementStatus}
    for old, new in moves:
        numbers[old] -= 1
        numbers[new] += 1
    return Counters(**{status.lower(): number for status, number in numbers.items()})


def _settled(result: Result, slot_id: str) -> dict[str, Any]:
    columns = {
        "suspect": result.suspect,
        "attempts": result.attempts,
        "transferred": result.transferred,
        "elapsed": result.elapsed,
        "average": result.transferred / result.elapsed if result.elapsed > 0 else 0.0,
        "checksum": result.checksum,
        "size": result.element.size if result.size is None else result.size,
        "updated_at": clock.now(),
        **fault_columns(result.fault),
    }
    place = {"of_job": result.element.job_id, "of_id": result.element.id, "of_slot": slot_id}
    return place | {f"to_{name}": value for name, value in columns.items()}


def _attempt_columns(attempt: Attempt) -> dict[str, Any]:
    return {
        "job_id": attempt.job_id,
        "element_id": attempt.element_id,
        "number": attempt.number,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "host": attempt.host,
        "status": attempt.status,
        **fault_columns(attempt.error),
    }
