"""Elements and their attempts, as requests read and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, func, select, update

from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.repositories.base import Repository
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, Fault
from barbican_like.workqueue.models import Attempt, Element
from barbican_like.workqueue.states import ELEMENT_MOVES, ElementStatus, JobType
from barbican_like.workqueue.tables import attempts, elements

_ERROR: Final = ("error_class", "error_code", "error_reason")
_ELEMENT = Columns(elements, Element)
_ATTEMPT = Columns(attempts, Attempt)
ELEMENTS: Final = (*_ELEMENT, *(elements.c[name] for name in _ERROR))
"""What of an element's row a value is made of."""

_ATTEMPTED: Final = (*_ATTEMPT, *(attempts.c[name] for name in _ERROR))

_OF_JOB = elements.c.job_id == bindparam("of_job")
_FIND = select(*ELEMENTS).where(_OF_JOB, elements.c.id == bindparam("of_id"))
_FIRST_FAILED = (
    select(elements.c.job_id, func.min(elements.c.id).label("first"))
    .where(
        elements.c.job_id.in_(bindparam("of_jobs", expanding=True)),
        elements.c.status == ElementStatus.FAILED,
    )
    .group_by(elements.c.job_id)
    .subquery()
)
_FIRST_FAILURES = select(*ELEMENTS).select_from(
    elements.join(
        _FIRST_FAILED,
        and_(elements.c.job_id == _FIRST_FAILED.c.job_id, elements.c.id == _FIRST_FAILED.c.first),
    )
)
_SOME_WAITING = (
    select(elements.c.id, elements.c.status)
    .where(_OF_JOB, elements.c.waits)
    .with_for_update()
    .order_by(elements.c.stage, elements.c.id)
    .limit(bindparam("limit"))
)
_CANCELLED: Final = {
    "status": ElementStatus.CANCELLED,
    "waits": False,
    "due_at": None,
    "error_class": ErrorClass.CANCELLED,
    "error_code": ErrorCode.CANCELLED,
    "error_reason": "The job was cancelled",
}
_CANCEL = (
    update(elements)
    .where(
        _OF_JOB,
        elements.c.id.in_(bindparam("ids", expanding=True)),
        elements.c.waits,
        elements.c.status.in_(sorted(ELEMENT_MOVES.predecessors(ElementStatus.CANCELLED))),
    )
    .values(_CANCELLED)
)
_RETRY = (
    update(elements)
    .where(
        _OF_JOB,
        elements.c.status.in_(
            sorted(
                ELEMENT_MOVES.predecessors(ElementStatus.NEW)
                & {ElementStatus.FAILED, ElementStatus.CANCELLED}
            )
        ),
    )
    .values(
        status=ElementStatus.NEW,
        waits=True,
        due_at=None,
        auth_since=None,
        suspect=False,
        max_tries=elements.c.attempts + bindparam("more_tries"),
        error_class=None,
        error_code=None,
        error_reason=None,
    )
)
_WAKE_AUTH = (
    update(elements)
    .where(_OF_JOB, elements.c.waits, elements.c.error_class == ErrorClass.AUTH)
    .values(due_at=None)
)
_COUNT = select(elements.c.status, func.count().label("number")).where(_OF_JOB).group_by(elements.c.status)

_OF_ATTEMPT = and_(elements.c.job_id == attempts.c.job_id, elements.c.id == attempts.c.element_id)
_FINISHED: Final = (ElementStatus.DONE, ElementStatus.FAILED, ElementStatus.CANCELLED)
_BY_ATTEMPT = and_(attempts.c.job_id == bindparam("of_job"), attempts.c.element_id == bindparam("of_id"))
_ATTEMPTS = select(*_ATTEMPTED).where(_BY_ATTEMPT).order_by(attempts.c.number)


class ElementRepo(Repository):
    """Elements of all jobs."""

    def get(self, job_id: int, element_id: int) -> Element:
        """One element.

        :raises NotFound: when there is none.
        """
        values = {"of_job": job_id, "of_id": element_id}
        row = self._connection.execute(_FIND, values).one_or_none()
        if row is None:
            raise NotFound("Not Found. Element not found.")
        return element_of(row)

    def list(
        self, job_id: int, *, after: int | None, limit: int, status: ElementStatus | None = None
    ) -> Sequence[Element]:
        """A page of a job's elements."""
        return [element_of(row) for row in self._connection.execute(_listed(job_id, after, limit, status))]

    def first_failed(self, job_ids: Sequence[int]) -> dict[int, Element]:
        """The first element of each job that was given up, for those that have one."""
        if not job_ids:
            return {}
        rows = self._connection.execute(_FIRST_FAILURES, {"of_jobs": job_ids})
        return {row.job_id: element_of(row) for row in rows}

    def count(self, job_id: int) -> dict[ElementStatus, int]:
        """How many have which status: what the job's counters must say."""
        rows = self._connection.execute(_COUNT, {"of_job": job_id})
        return {ElementStatus(row.status): row.number for row in rows}

    def attempts(self, job_id: int, element_id: int) -> Sequence[Attempt]:
        """The attempts of an element that have ended."""
        values = {"of_job": job_id, "of_id": element_id}
        return [attempt_of(row) for row in self._connection.execute(_ATTEMPTS, values)]

    def outputs(
        self, job_id: int, *, after: int | None, limit: int, every: bool
    ) -> Sequence[tuple[Attempt, JobType]]:
        """Attempts of a page of elements that have ended, each with the element's type.

        :param every: all attempts of each; else the last one.
        """
        statement = _outputs(job_id, after, limit, every=every)
        return [(attempt_of(row), JobType(row.type)) for row in self._connection.execute(statement)]

    def cancel_waiting(self, job_id: int, limit: int) -> Mapping[int, ElementStatus]:
        """End up to so many elements that wait; those, as they were."""
        found = self._connection.execute(_SOME_WAITING, {"of_job": job_id, "limit": limit})
        ended = {row.id: ElementStatus(row.status) for row in found}
        if ended:
            self._connection.execute(_CANCEL, {"of_job": job_id, "ids": [*ended]})
        return ended

    def retry(self, job_id: int, more_tries: int) -> int:
        """Let what has failed or was cancelled begin anew; how many those were."""
        return self._connection.execute(_RETRY, {"of_job": job_id, "more_tries": more_tries}).rowcount

    def wake_unauthorised(self, job_id: int) -> int:
        """Let elements go on at once that wait for a credential."""
        return self._connection.execute(_WAKE_AUTH, {"of_job": job_id}).rowcount


def _listed(job_id: int, after: int | None, limit: int, status: ElementStatus | None) -> Select[Any]:
    statement = select(*ELEMENTS).where(elements.c.job_id == job_id)
    if after is not None:
        statement = statement.where(elements.c.id > after)
    if status is not None:
        statement = statement.where(elements.c.status == status)
    return statement.order_by(elements.c.id).limit(limit)


def _outputs(job_id: int, after: int | None, limit: int, *, every: bool) -> Select[Any]:
    with_any = select(attempts.c.element_id).where(attempts.c.job_id == job_id)
    if not every:
        with_any = with_any.join(elements, _OF_ATTEMPT).where(elements.c.status.in_(_FINISHED))
    if after is not None:
        with_any = with_any.where(attempts.c.element_id > after)
    page = with_any.distinct().order_by(attempts.c.element_id).limit(limit).subquery()
    joined = attempts.join(page, page.c.element_id == attempts.c.element_id).join(elements, _OF_ATTEMPT)
    statement = select(*_ATTEMPTED, elements.c.type).select_from(joined).where(attempts.c.job_id == job_id)
    if not every:
        newest = attempts.alias("newest")
        last = (
            select(func.max(newest.c.number))
            .where(newest.c.job_id == job_id, newest.c.element_id == attempts.c.element_id)
            .scalar_subquery()
        )
        statement = statement.where(attempts.c.number == last)
    return statement.order_by(attempts.c.element_id, attempts.c.number)


def fault_of(row: Row[Any]) -> Fault | None:
    """The error of an element or an attempt."""
    if row.error_class is None:
        return None
    return Fault(ErrorClass(row.error_class), ErrorCode(row.error_code), row.error_reason)


def fault_columns(fault: Fault | None) -> dict[str, str | None]:
    """An error as columns."""
    if fault is None:
        return dict.fromkeys(_ERROR)
    return {"error_class": fault.kind, "error_code": fault.code, "error_reason": fault.reason}


def element_of(row: Row[Any]) -> Element:
    """A row as a value."""
    return _ELEMENT.value(
        row,
        type=JobType(row.type),
        below=bytes(row.below),
        status=ElementStatus(row.status),
        error=fault_of(row),
    )


def attempt_of(row: Row[Any]) -> Attempt:
    """A row as a value."""
    return _ATTEMPT.value(row, status=ElementStatus(row.status), error=fault_of(row))


def attempt_columns(attempt: Attempt) -> dict[str, Any]:
    """An attempt as a row."""
    return _ATTEMPT.row(attempt, **fault_columns(attempt.error))
