"""Task rows: written with the entity they are about, claimed in batches, ended under their fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, Update
from sqlalchemy.exc import IntegrityError

from barbican_like.common import ids
from barbican_like.common.errors import ClaimLost
from barbican_like.model.models import Task
from barbican_like.model.repositories import task_sql as sql
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.task_look import look_for
from barbican_like.model.states import TaskStatus


class HeldRow(NamedTuple):
    """A row that a lease holds."""

    id: str
    fence: int
    cancel_requested: bool


class TaskRepo(Repository):
    """Open tasks; a finished one has no row.

    Ready rows of a kind are taken in the order of their turns. A new row's turn is the cost of its project's
    last row behind that one, or the front where the project has none: so projects take turns, however many
    rows one of them has waiting (the start tags of start-time fair queuing, Goyal, Vin and Cheng 1996).
    """

    def add(
        self,
        *,
        name: str,
        entity_id: str,
        project_id: str,
        kwargs: Mapping[str, Any],
        cost: int,
        delay: float = 0.0,
    ) -> None:
        """Write a task that may be claimed at once, or ``delay`` seconds from now by the database's clock.

        :param cost: by how much it puts off its project's next turn.
        """
        values = self._new(name, entity_id, project_id, kwargs, cost)
        if delay > 0:
            self._connection.execute(sql.LATER, values | {"status": TaskStatus.SCHEDULED, "delay": delay})
        else:
            self._connection.execute(sql.INSERT, values)

    def ensure(
        self, *, name: str, entity_id: str, project_id: str, kwargs: Mapping[str, Any], cost: int
    ) -> None:
        """Write a task, or let the open one of its entity go round once more.

        One that waits for its next part is ready at once; one that failed keeps its pause, and a dead one
        stays dead until an operator retries it.
        """
        row = self._new(name, entity_id, project_id, kwargs, cost)
        values = row | {"new_turn": row["turn"]}
        # Its row by its id where there is one: workers lock the row before its indexes too.
        task_id = self._connection.execute(
            sql.OPEN_ID, {"kind": name, "entity": entity_id}
        ).scalar_one_or_none()
        known = {"task_id": task_id, "new_turn": row["turn"]}
        if task_id is None or self._connection.execute(sql.WANT, known).rowcount == 0:
            self._connection.execute(sql.ENSURE[self._connection.dialect.name], values)

    def _new(
        self, name: str, entity_id: str, project_id: str, kwargs: Mapping[str, Any], cost: int
    ) -> dict[str, Any]:
        return {
            "id": ids.new_id(),
            "name": name,
            "entity_id": entity_id,
            "project_id": project_id,
            "kwargs": orjson.dumps(dict(kwargs)).decode(),
            "status": TaskStatus.READY,
            "cost": cost,
            "turn": self.next_turn(name, project_id),
            "wanted": 1,
            "fence": 0,
            "attempts": 0,
            "losses": 0,
            "cancel_requested": False,
        }

    def next_turn(self, name: str, project_id: str) -> int:
        """The turn of a row that becomes ready now."""
        turns = self._connection.execute(sql.TURNS, {"kind": name, "of_project": project_id}).one()
        return max(turns.front or 0, turns.tail or 0)

    def find(self, name: str, entity_id: str) -> Task | None:
        """The open task of that kind for an entity."""
        row = self._connection.execute(sql.FIND, {"kind": name, "entity": entity_id}).one_or_none()
        return None if row is None else task_of(row)

    def look(self, names: Sequence[str]) -> tuple[list[str], bool]:
        """Which of these kinds have ready rows, and whether the time of a scheduled row has come."""
        row = self._connection.execute(*look_for(tuple(names))).one()
        return [name for name, ready in zip(names, row, strict=False) if ready], bool(row.due)

    def claim(self, name: str, lease_id: str, limit: int) -> list[Task]:
        """Take the next ready rows of a kind for a lease, but for those whose worker was lost before.

        PostgreSQL and MariaDB skip rows that another claim has locked; SQLite has one writer.

        :raises ClaimLost: when the lease was taken away.
        """
        return self._claim(sql.NEXT, {"kind": name, "limit": limit}, lease_id)

    def claim_suspect(self, name: str, lease_id: str) -> list[Task]:
        """Take the next ready row of a kind whose worker was lost before; none or one.

        :raises ClaimLost: when the lease was taken away.
        """
        return self._claim(sql.NEXT_SUSPECT, {"kind": name}, lease_id)

    def claim_one(self, name: str, entity_id: str, lease_id: str) -> Task | None:
        """Take the ready row of that kind for an entity; None when it is not to be had."""
        claimed = self._claim(sql.ONE, {"kind": name, "entity": entity_id}, lease_id)
        return claimed[0] if claimed else None

    def _claim(self, statement: Any, values: dict[str, Any], lease_id: str) -> list[Task]:
        rows = [task_of(row) for row in self._connection.execute(statement, values)]
        if not rows:
            return []
        try:
            self._connection.execute(sql.CLAIM, {"task_ids": [row.id for row in rows], "lease": lease_id})
        except IntegrityError as error:
            raise ClaimLost from error
        return [
            row._replace(
                status=TaskStatus.CLAIMED,
                claimed_by=lease_id,
                fence=row.fence + 1,
                attempts=row.attempts + 1,
            )
            for row in rows
        ]

    def hold(self, task: Task) -> bool:
        """Lock the row of a claimed task until the commit; False when the claim is no longer held."""
        return self._connection.execute(sql.HOLD, _key(task)).one_or_none() is not None

    def finish(self, task: Task) -> bool:
        """Remove the row of a task that is done or given up for good.

        False when the claim is no longer held, or the task was asked for again meanwhile.
        """
        return self._connection.execute(sql.FINISH, _key(task) | {"seen": task.wanted}).rowcount == 1

    def finish_many(self, claimed: Sequence[Task]) -> bool:
        """Remove the rows of several tasks of one lease.

        False when not every claim is still held, or one was asked for again: roll back then.
        """
        values = {"task_ids": [task.id for task in claimed], "lease": claimed[0].claimed_by}
        removed = {tuple(row) for row in self._connection.execute(sql.FINISH_MANY, values)}
        return removed == {(task.id, task.fence, task.wanted) for task in claimed}

    def hand_back(self, task: Task) -> bool:
        """Let another have it at once, as if it had not been claimed; False when it is no longer held."""
        return self._connection.execute(sql.BACK, _key(task)).rowcount == 1

    def again(self, task: Task, delay: float) -> bool:
        """Let a task that has made progress go on ``delay`` seconds from now, behind its project's others."""
        if delay > 0:
            return self._connection.execute(sql.AGAIN_LATER, _key(task) | {"delay": delay}).rowcount == 1
        return self._return(sql.AGAIN, task)

    def afresh(self, task: Task) -> bool:
        """Let a task that has ended begin anew, since it was asked for meanwhile."""
        return self._return(sql.AFRESH, task)

    def _return(self, statement: Update, task: Task) -> bool:
        values = _key(task) | {"new_turn": self.next_turn(task.name, task.project_id)}
        return self._connection.execute(statement, values).rowcount == 1

    def try_later(self, task: Task, *, delay: float, error: str, own_fault: bool) -> bool:
        """Let a task that has failed wait ``delay`` seconds for another try.

        :param own_fault: whether the time of its failing begins to run, or goes on; else it is forgotten.
        """
        values = _key(task) | {"delay": delay, "error": error[:255]}
        statement = sql.FAILED_LATER if own_fault else sql.TRY_LATER
        return self._connection.execute(statement, values).rowcount == 1

    def bury(self, task: Task, error: str) -> bool:
        """Keep the row of a task that was given up, for an operator; False when it is no longer held."""
        return self._connection.execute(sql.BURY, _key(task) | {"error": error[:255]}).rowcount == 1

    def discard(self, task_id: str) -> bool:
        """Remove the open task of an entity that is being deleted, so that a worker's claim on it is lost.

        Returns False when there was none: a worker was faster.
        """
        return self._connection.execute(sql.DISCARD, {"task_id": task_id}).rowcount > 0

    def promote(self, limit: int) -> int:
        """Make scheduled rows ready whose time has come, up to ``limit``; returns how many."""
        turns: dict[tuple[str, str], int] = {}
        promoted = []
        for row in self._connection.execute(sql.SOME_DUE, {"limit": limit}).all():
            owner = (row.name, row.project_id)
            turn = turns[owner] if owner in turns else self.next_turn(*owner)
            promoted.append({"task_id": row.id, "new_turn": turn})
            turns[owner] = turn + row.cost
        if promoted:
            self._connection.execute(sql.PROMOTE, promoted)
        return len(promoted)

    def held_by(self, lease_id: str) -> dict[str, HeldRow]:
        """Every row that a lease holds, by its task's id."""
        return {row.id: HeldRow(*row) for row in self._connection.execute(sql.HELD_BY, {"lease": lease_id})}

    def free(self, lease_id: str, rows: Mapping[str, int], delay: float) -> int:
        """Free claims of a lease, each with its fence, to be ready in ``delay`` seconds; returns how many."""
        return sum(
            self._connection.execute(
                sql.FREE, {"task_id": task_id, "at_fence": fence, "lease": lease_id, "delay": delay}
            ).rowcount
            for task_id, fence in rows.items()
        )

    def tell_progress(self, told: Sequence[tuple[Task, str]]) -> None:
        """Note how far claimed tasks have come; a row that is locked just now is left for the next time."""
        waiting = {"task_ids": [task.id for task, _ in told]}
        unlocked = set(self._connection.execute(sql.UNLOCKED, waiting).scalars())
        for task, text in told:
            if task.id in unlocked:
                self._connection.execute(sql.TELL, _key(task) | {"told": text[:255]})

    def names(self) -> list[str]:
        """The kinds that have rows, each found by one step in an index."""
        names: list[str] = []
        while (
            row := self._connection.execute(sql.NAMES, {"after": names[-1] if names else ""}).first()
        ) is not None:
            names.append(row.name)
        return names


def _key(task: Task) -> dict[str, Any]:
    return {"task_id": task.id, "at_fence": task.fence}


def task_of(row: Row[Any]) -> Task:
    """A row of ``sql.TASK_COLUMNS`` as a value; arguments that cannot be read are None."""
    fields = dict(row._mapping)
    now, since = fields.pop("now"), fields.pop("failing_since")
    return Task(
        **fields
        | {
            "kwargs": _arguments(fields["kwargs"]),
            "status": TaskStatus(fields["status"]),
            "failing_for": None if since is None else _seconds(since, now),
        }
    )


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _arguments(text: str) -> Mapping[str, Any] | None:
    try:
        arguments = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return arguments if isinstance(arguments, dict) else None
