"""What a worker writes: slots that are let in, batches that are reserved, results, and progress.

Each call is a part of a transaction that has locked the slot's task row, so that nothing is written for a
worker whose claim is lost. Counters of a job are changed by difference, with the job's row locked.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import Connection, insert

from barbican_like.common import clock
from barbican_like.model.repositories.base import Repository
from barbican_like.workqueue.faults import Fault
from barbican_like.workqueue.models import Attempt, Counters, Element, Job
from barbican_like.workqueue.repository import turn_sql as sql
from barbican_like.workqueue.repository.elements import attempt_columns, element_of, fault_columns
from barbican_like.workqueue.repository.jobs import INSERT_ELEMENT, counted, element_columns, job_of
from barbican_like.workqueue.repository.slots import moment_of
from barbican_like.workqueue.states import JOB_MOVES, ElementStatus, JobType
from barbican_like.workqueue.tables import findings

_NEVER: Final = datetime(9999, 1, 1)  # noqa: DTZ001  naive as all of them


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

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.moved: dict[int, tuple[Job, Job]] = {}
        """The jobs that were written in this transaction, by their ids: as they were before it, and are."""

    def left_by(self, slot_id: str) -> Sequence[Element]:
        """What the slot has reserved."""
        return [element_of(row) for row in self._connection.execute(sql.LEFT, {"of_slot": slot_id})]

    def lock(self, job_id: int) -> Job | None:
        """A job, locked until the commit."""
        row = self._connection.execute(sql.LOCK, {"of_id": job_id}).one_or_none()
        return None if row is None else job_of(row)

    def reserve(self, job: Job, slot_id: str, appetite: Appetite) -> tuple[Job, list[Element]]:
        """Give a slot the next elements of a job that is locked; none where none may go now."""
        found = self._next(job, appetite)
        if not found:
            wakes = self._connection.execute(sql.WAKES, {"of_job": job.id}).scalar_one()
            # What waits for elements that others have is woken by their results.
            self._write(job, wake_at=wakes or _NEVER)
            return job, []
        alone = len(found) == 1 and _is_alone(found[0], appetite)
        status = ElementStatus.RUNNING if alone else ElementStatus.SUBMITTED
        ids = [element.id for element in found]
        self._connection.execute(sql.RESERVE[status], {"of_job": job.id, "ids": ids, "to_slot": slot_id})
        taken = [replace(element, status=status, attempts=element.attempts + alone) for element in found]
        counters = _shifted(job.counters, ((one.status, status) for one in found))
        this_turn = time.time_ns() // 1000
        return self._write(replace(job, counters=counters), waiting=-len(found), this_turn=this_turn), taken

    def _next(self, job: Job, appetite: Appetite) -> list[Element]:
        values = {"of_job": job.id, "limit": appetite.files}
        found = [element_of(row) for row in self._connection.execute(sql.NEXT, values)]
        if not found and job.type is JobType.REMOVE and job.expanded:
            if self._connection.execute(sql.BEFORE_DIRECTORIES, {"of_job": job.id}).first() is None:
                rows: Sequence[Any] = self._connection.execute(sql.NEXT_DIRECTORIES, values).all()
                # One that waits for another try holds up those that it lies in.
                return [element_of(row) for row in takewhile(lambda row: row.is_due, rows)]
            return []
        return _batch(found, appetite)

    def settle(self, job: Job, slot_id: str, results: Sequence[Result], seconds: float = 0.0) -> Job:
        """Write what became of elements that a slot had; the job is locked.

        Counted is what their rows say they were: the heart may have written more than it was told of, where
        the answer to its commit was lost.

        :param seconds: that they took, which the project's share pays for.
        """
        had = self._connection.execute(sql.HAD, {"of_job": job.id, "of_slot": slot_id})
        before = {row.id: ElementStatus(row.status) for row in had}
        results = [result for result in results if result.element.id in before]
        for status in {result.status for result in results}:
            rows = [_settled(result, slot_id) for result in results if result.status is status]
            self._connection.execute(sql.SETTLE[status], rows)
        self._postpone(job, results)
        ended = [result.attempt for result in results if result.attempt is not None]
        if ended:
            self._connection.execute(sql.ATTEMPTED, [attempt_columns(attempt) for attempt in ended])
        if seconds > 0:
            self._connection.execute(sql.SERVE, {"of_project": job.project_id, "seconds": seconds})
        counters = _shifted(job.counters, ((before[one.element.id], one.status) for one in results))
        copied = sum(
            one.transferred
            for one in results
            if one.status is ElementStatus.DONE and one.element.type is JobType.COPY
        )
        waiting = sum(one.status in sql.WAITING for one in results)
        expanded = job.expanded or any(
            one.element.id == 0 and one.status in {ElementStatus.FAILED, ElementStatus.CANCELLED}
            for one in results
        )
        changed = replace(job, counters=counters, bytes_done=job.bytes_done + copied, expanded=expanded)
        return self._write(changed, waiting=waiting)

    def _postpone(self, job: Job, results: Sequence[Result]) -> None:
        later = [
            {"of_job": job.id, "of_id": one.element.id, "delay": one.delay}
            for one in results
            if one.delay > 0
        ]
        if later:
            self._connection.execute(sql.LATER, later)

    def waits_for_credential(self, job_id: int, element_id: int) -> float:
        """Note that an element waits for a credential; seconds since it began to."""
        values = {"of_job": job_id, "of_id": element_id}
        self._connection.execute(sql.AUTH_SINCE, values)
        row = self._connection.execute(sql.AUTH_WAITED, values).one_or_none()
        return 0.0 if row is None else (moment_of(row.now) - moment_of(row.auth_since)).total_seconds()

    def expand(self, job: Job, found: Found) -> Job:
        """Write a page of what element 0 has found; the job is locked."""
        if found.children:
            self._connection.execute(INSERT_ELEMENT, [element_columns(child) for child in found.children])
        if found.content is not None:
            values = {"job_id": job.id, "page": found.page, "content": found.content}
            self._connection.execute(insert(findings), values)
        number = len(found.children)
        counters = replace(job.counters, new=job.counters.new + number)
        size = sum(child.size or 0 for child in found.children if child.type is JobType.COPY)
        changed = replace(
            job,
            counters=counters,
            cursor=found.cursor if found.cursor is not None else job.cursor,
            next_element=job.next_element + number,
            bytes_total=job.bytes_total + size,
            expanded=job.expanded or found.ends,
        )
        return self._write(changed, waiting=number)

    def cancel(self, job: Job, ended: Mapping[int, ElementStatus]) -> Job:
        """Count waiting elements that were cancelled; the job is locked.

        :param ended: their statuses before that, by their ids.
        """
        expanded = job.expanded or 0 in ended
        counters = _shifted(job.counters, ((old, ElementStatus.CANCELLED) for old in ended.values()))
        return self._write(replace(job, counters=counters, expanded=expanded), waiting=-len(ended))

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
        self._connection.execute(sql.BEAT, values)

    def begin(self, job: Job, slot_id: str, element_id: int) -> None:
        """Count an element of a batch that is at work now, unless it is counted so; the job is locked."""
        had = self._connection.execute(sql.HAD, {"of_job": job.id, "of_slot": slot_id})
        if (element_id, ElementStatus.SUBMITTED) not in [(row.id, row.status) for row in had]:
            return
        counters = _shifted(job.counters, [(ElementStatus.SUBMITTED, ElementStatus.RUNNING)])
        self._write(replace(job, counters=counters))

    def is_cancelled(self, job_id: int) -> bool:
        """Whether a job's user has ended it, or it is gone."""
        found = self._connection.execute(sql.IS_CANCELLED, {"of_id": job_id}).scalar_one_or_none()
        return found is None or bool(found)

    def _write(
        self, job: Job, *, waiting: int = 0, wake_at: datetime | None = None, this_turn: int | None = None
    ) -> Job:
        """Write a job that is locked, with the status that follows; what waits is looked at again."""
        status = job.status_of(job.counters)
        if status is not job.status:
            JOB_MOVES.require(job.status, status)
        now = clock.now()
        values = {
            "status": status,
            "expanded": job.expanded,
            "cursor": job.cursor,
            "next_element": job.next_element,
            "bytes_total": job.bytes_total,
            "bytes_done": job.bytes_done,
            "wake_at": wake_at,
            "updated_at": now,
            **counted(job.counters),
        }
        others = {"of_id": job.id, "more_waiting": waiting, "this_turn": this_turn}
        self._connection.execute(
            sql.WRITE_JOB, {f"to_{name}": value for name, value in values.items()} | others
        )
        written = replace(job, status=status, updated_at=now)
        self.moved[job.id] = (self.moved.get(job.id, (job,))[0], written)
        return written


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
    numbers = dict(counters.by_status())
    for (old, new), number in Counter(moves).items():
        numbers[old] -= number
        numbers[new] += number
    return Counters(**{status.lower(): number for status, number in numbers.items()})


def _settled(result: Result, slot_id: str) -> dict[str, Any]:
    row = {
        "of_job": result.element.job_id,
        "of_id": result.element.id,
        "of_slot": slot_id,
        "to_attempts": result.attempts,
        "to_transferred": result.transferred,
        "to_elapsed": result.elapsed,
        "to_average": result.transferred / result.elapsed if result.elapsed > 0 else 0.0,
        "to_checksum": result.checksum,
        "to_size": result.element.size if result.size is None else result.size,
        "to_updated_at": clock.now(),
    }
    if result.status is not ElementStatus.DONE:
        row["to_suspect"] = result.suspect
        row |= {f"to_{name}": value for name, value in fault_columns(result.fault).items()}
    return row
