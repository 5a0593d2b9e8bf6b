"""The statements of a turn, built once: what is the same in each of a batch's rows is a part of the text."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from barbican_like.model.types import DatabaseTime
from barbican_like.workqueue.models import Counters
from barbican_like.workqueue.repository.elements import ELEMENTS
from barbican_like.workqueue.repository.jobs import JOBS
from barbican_like.workqueue.states import ELEMENT_MOVES, ElementStatus
from barbican_like.workqueue.tables import attempts, elements, jobs, shares

NOW = DatabaseTime()
WAITING: Final = (ElementStatus.NEW, ElementStatus.SUBMITTED)

LOCK = select(*JOBS).where(jobs.c.id == bindparam("of_id")).with_for_update()
IS_CANCELLED = select(jobs.c.cancel_requested).where(jobs.c.id == bindparam("of_id"))
SERVE = (
    update(shares)
    .where(shares.c.project_id == bindparam("of_project"))
    .values(served=shares.c.served + bindparam("seconds"))
)
_JOB_COLUMNS: Final = (
    *("status", "expanded", "cursor", "next_element", "bytes_total", "bytes_done", "wake_at", "updated_at"),
    *(f"num_{counter.name}" for counter in dataclasses.fields(Counters)),
)
WRITE_JOB = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_id"))
    .values(
        waiting=jobs.c.waiting + bindparam("more_waiting"),
        last_turn=func.coalesce(bindparam("this_turn", type_=jobs.c.last_turn.type), jobs.c.last_turn),
        **{name: bindparam(f"to_{name}", type_=jobs.c[name].type) for name in _JOB_COLUMNS},
    )
)

_OF_JOB = elements.c.job_id == bindparam("of_job")
_HAS = elements.c.slot == bindparam("of_slot")
_THIS = and_(_OF_JOB, elements.c.id == bindparam("of_id"))
HAD = select(elements.c.id, elements.c.status).where(_OF_JOB, _HAS)
LEFT = select(*ELEMENTS).where(_HAS).order_by(elements.c.job_id, elements.c.id)
_IS_DUE = or_(elements.c.due_at.is_(None), elements.c.due_at <= NOW)
_MAY_GO = and_(_OF_JOB, elements.c.waits, _IS_DUE)
NEXT = (
    select(*ELEMENTS).where(_MAY_GO, elements.c.stage == 0).order_by(elements.c.id).limit(bindparam("limit"))
)
NEXT_DIRECTORIES = (
    select(*ELEMENTS, _IS_DUE.label("is_due"))
    .where(_OF_JOB, elements.c.waits, elements.c.stage == 1)
    .order_by(elements.c.id.desc())
    .limit(bindparam("limit"))
)
BEFORE_DIRECTORIES = (
    select(elements.c.id)
    .where(_OF_JOB, or_(elements.c.slot.is_not(None), and_(elements.c.waits, elements.c.stage == 0)))
    .limit(1)
)
WAKES = select(func.min(elements.c.due_at)).where(_OF_JOB, elements.c.waits)


def _word(status: ElementStatus) -> ColumnElement[str]:
    """A status as a part of the statement."""
    return literal_column(f"'{status.value}'", elements.c.status.type)


def _may_become(new: ElementStatus) -> ColumnElement[bool]:
    """Whose status the new one may follow, or is."""
    before = sorted(ELEMENT_MOVES.predecessors(new) | {new})
    return elements.c.status.in_([_word(old) for old in before])


RESERVE = {
    status: update(elements)
    .where(
        _OF_JOB,
        elements.c.id.in_(bindparam("ids", expanding=True)),
        _may_become(status),
        elements.c.waits,
    )
    .values(status=_word(status), waits=false(), due_at=null(), slot=bindparam("to_slot"))
    for status in (ElementStatus.SUBMITTED, ElementStatus.RUNNING)
}
RESERVE[ElementStatus.RUNNING] = RESERVE[ElementStatus.RUNNING].values(attempts=elements.c.attempts + 1)

_COLUMNS: Final = ("attempts", "transferred", "elapsed", "average", "checksum", "size", "updated_at")
_TROUBLE: Final = ("suspect", "error_class", "error_code", "error_reason")
_WITHOUT_TROUBLE: Final[dict[str, Any]] = dict.fromkeys(_TROUBLE, null()) | {"suspect": false()}


def _settle(status: ElementStatus) -> Any:
    values: dict[str, Any] = {
        "status": _word(status),
        "slot": null(),
        "instant": literal_column("0"),
        "waits": true() if status in WAITING else false(),
    }
    values |= {name: bindparam(f"to_{name}", type_=elements.c[name].type) for name in _COLUMNS}
    if status is ElementStatus.DONE:
        values |= _WITHOUT_TROUBLE
    else:
        values |= {name: bindparam(f"to_{name}", type_=elements.c[name].type) for name in _TROUBLE}
    return update(elements).where(_THIS, _may_become(status), _HAS).values(values)


SETTLE = {status: _settle(status) for status in ElementStatus}
ATTEMPTED = insert(attempts)

LATER = update(elements).where(_THIS).values(due_at=DatabaseTime(bindparam("delay")))
AUTH_SINCE = update(elements).where(_THIS).values(auth_since=func.coalesce(elements.c.auth_since, NOW))
AUTH_WAITED = select(elements.c.auth_since, NOW.label("now")).where(_THIS)
BEAT = (
    update(elements)
    .where(_THIS, _may_become(ElementStatus.RUNNING), _HAS)
    .values(
        status=_word(ElementStatus.RUNNING),
        **{
            name: bindparam(f"to_{name}")
            for name in ("attempts", "transferred", "elapsed", "instant", "average")
        },
    )
)
