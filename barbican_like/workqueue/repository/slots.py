"""Slots: which of them exist, which are let in, and which job of their link is next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from barbican_like.model.repositories.base import Repository
from barbican_like.model.states import TaskStatus
from barbican_like.model.tables import tasks
from barbican_like.model.types import DatabaseTime
from barbican_like.workqueue.kinds import PROCESS_TRANSFER_SLOT
from barbican_like.workqueue.models import Site, Slot
from barbican_like.workqueue.tables import jobs, shares, slots

_NOW = DatabaseTime()
_LINK = and_(
    jobs.c.src_siteid == bindparam("src"), jobs.c.link_siteid == bindparam("dst"), jobs.c.waiting > 0
)
_CHOOSE = (
    select(jobs.c.id)
    .select_from(jobs.outerjoin(shares, shares.c.project_id == jobs.c.project_id))
    .where(_LINK, or_(jobs.c.wake_at.is_(None), jobs.c.wake_at <= _NOW))
    .order_by(
        jobs.c.cancel_requested.desc(),
        jobs.c.priority,
        func.coalesce(shares.c.served, 0),
        jobs.c.last_turn,
        jobs.c.id,
    )
    .limit(1)
)
_EARLIEST = select(
    func.count().label("jobs"),
    func.count(jobs.c.wake_at).label("resting"),
    func.min(jobs.c.wake_at).label("earliest"),
    _NOW.label("now"),
).where(_LINK)
_CANCELLED = select(jobs.c.id).where(_LINK, jobs.c.cancel_requested).limit(1)
_END_JOBS = update(jobs).where(_LINK).values(cancel_requested=True)
_SLOT_THERE = select(slots.c.id).where(slots.c.id == bindparam("slot_id"))
_LET_IN = update(slots).where(slots.c.id == bindparam("slot_id")).values(fence=bindparam("at_fence"))
_AT_WORK = (
    select(slots.c.src_siteid, slots.c.dst_siteid)
    .select_from(slots.join(tasks, and_(tasks.c.entity_id == slots.c.id, tasks.c.fence == slots.c.fence)))
    .where(
        tasks.c.name == PROCESS_TRANSFER_SLOT.name,
        tasks.c.status == TaskStatus.CLAIMED,
        slots.c.id != bindparam("slot_id"),
    )
)

_OTHERS = (
    select(tasks.c.id)
    .where(
        tasks.c.name == PROCESS_TRANSFER_SLOT.name,
        tasks.c.entity_id != bindparam("slot_id"),
        or_(
            tasks.c.status == TaskStatus.READY,
            and_(tasks.c.status == TaskStatus.SCHEDULED, tasks.c.due_at <= DatabaseTime(bindparam("soon"))),
        ),
    )
    .limit(1)
)


class SlotRepo(Repository):
    """Slots of all links."""

    def let_in(self, slot: Slot, fence: int, src: Site, dst: Site) -> bool:
        """Let a claimed slot open its connections, where both sites have one free; their rows are locked."""
        busy = self._connection.execute(_AT_WORK, {"slot_id": slot.id}).all()
        for site in (src, dst):
            if sum(site.id in ends for ends in busy) >= site.spec.connections:
                return False
        values = {"slot_id": slot.id, "at_fence": fence}
        return self._connection.execute(_LET_IN, values).rowcount == 1

    def make_slot(self, slot: Slot) -> None:
        """Write a slot unless it is there."""
        if self._connection.execute(_SLOT_THERE, {"slot_id": slot.id}).first() is None:
            values = {
                "id": slot.id,
                "src_siteid": slot.src_siteid,
                "dst_siteid": slot.dst_siteid,
                "n": slot.n,
            }
            self._insert_once(insert(slots), values | {"fence": -1})

    def choose(self, slot: Slot) -> int | None:
        """The job whose turn it is; None where none has anything to do now."""
        values = {"src": slot.src_siteid, "dst": slot.dst_siteid}
        return self._connection.execute(_CHOOSE, values).scalar_one_or_none()

    def earliest(self, slot: Slot) -> float | None:
        """Seconds until a job of the link has something to do; None where none waits."""
        values = {"src": slot.src_siteid, "dst": slot.dst_siteid}
        row = self._connection.execute(_EARLIEST, values).one()
        if row.jobs == 0:
            return None
        if row.jobs > row.resting:
            return 0.0
        return max(0.0, (moment_of(row.earliest) - moment_of(row.now)).total_seconds())

    def find_cancelled(self, slot: Slot) -> int | None:
        """A job of the link that its user has ended, and of which elements wait."""
        values = {"src": slot.src_siteid, "dst": slot.dst_siteid}
        return self._connection.execute(_CANCELLED, values).scalar_one_or_none()

    def end_jobs(self, slot: Slot) -> None:
        """Ask that every job of the link ends."""
        values = {"src": slot.src_siteid, "dst": slot.dst_siteid}
        self._connection.execute(_END_JOBS, values)

    def others_wait(self, slot: Slot, soon: float) -> bool:
        """Whether another slot waits to be worked, or will in so many seconds."""
        return self._connection.execute(_OTHERS, {"slot_id": slot.id, "soon": soon}).first() is not None


def moment_of(value: Any) -> datetime:
    """A time of the database; SQLite gives what a function has made as a text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
