"""What the last holder of a slot has left: it goes back, and is worked alone from now on."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from barbican_like.common import clock
from barbican_like.model.unit_of_work import Reading
from barbican_like.queue.run import Run
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, Fault
from barbican_like.workqueue.models import Attempt, Element, Site, Slot
from barbican_like.workqueue.outputs import log_lines
from barbican_like.workqueue.repository.turns import Result, TurnRepo
from barbican_like.workqueue.states import ElementStatus
from barbican_like.workqueue.work.errand import Errand
from barbican_like.workqueue.work.sweeping import leaves_parts, sweep
from barbican_like.workqueue.work.tools import Tools

_LOST: Final = Fault(ErrorClass.TRANSIENT, ErrorCode.WORKER_LOST, "The worker was lost while it had this")
_GIVEN_UP: Final = Fault(
    ErrorClass.PERMANENT, ErrorCode.WORKER_LOST, "Too many workers were lost while they had this"
)


def recover(tools: Tools, run: Run, slot: Slot, sites: tuple[Site, Site]) -> None:
    """Give back what is reserved for a slot although nobody works it.

    Where a worker was lost, what was at work has used up a try: so an element that kills its workers ends.
    Where the database was away, or the worker has stopped, it has not; but what was at work may be done.
    """
    with Reading(tools.database) as view:
        left = view.of(TurnRepo).left_by(slot.id)
    for job_id, group in groupby(left, key=lambda element: element.job_id):
        with tools.writing(run.task) as uow:
            turns = uow.of(TurnRepo)
            job = turns.lock(job_id)
            if job is None:
                continue
            lost = run.task.losses > 0
            results = [
                _result(one, tools.host) if lost else given_back(one, may_be_done=True) for one in group
            ]
            for result in results:
                if result.attempt is not None:
                    tools.outputs.write(
                        job.log_uid,
                        result.attempt,
                        log_lines(result.element.type, result.attempt.started_at, [_LOST.reason]),
                    )
            turns.settle(job, slot.id, results)
        for result in results:
            if result.status is ElementStatus.FAILED and leaves_parts(result.element):
                sweep(tools, sites, Errand.of(job, sites), result.element)


def given_back(element: Element, *, may_be_done: bool = False) -> Result:
    """As if it had not been taken; a try that was broken off without a fault of its own counts as none.

    :param may_be_done: whether a try may have begun, of which nobody knows how far it came.
    """
    return Result(
        element=element,
        status=ElementStatus.NEW,
        attempts=element.attempts - (element.status is ElementStatus.RUNNING),
        suspect=element.suspect or may_be_done,
        fault=element.error,
    )


def _result(element: Element, host: str) -> Result:
    if element.status is not ElementStatus.RUNNING:
        return Result(
            element=element,
            status=ElementStatus.NEW,
            attempts=element.attempts,
            suspect=True,
            fault=element.error,
        )
    is_over = element.attempts >= element.max_tries
    fault = _GIVEN_UP if is_over else _LOST
    now = clock.now()
    attempt = Attempt(
        job_id=element.job_id,
        element_id=element.id,
        number=element.attempts,
        started_at=element.updated_at or now,
        ended_at=now,
        host=host,
        status=ElementStatus.FAILED,
        error=fault,
    )
    return Result(
        element=element,
        status=ElementStatus.FAILED if is_over else ElementStatus.NEW,
        attempts=element.attempts,
        attempt=attempt,
        fault=fault,
        suspect=True,
    )
