"""What operators see and do, for all who show it: REST, the page and Prometheus. It knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barbican_like.common import config
from barbican_like.common.errors import Overloaded
from barbican_like.common.figures import MOST_TROUBLES, Figures, Trouble
from barbican_like.common.meters import reading
from barbican_like.common.meters.reading import Counted
from barbican_like.model.models import Task
from barbican_like.model.repositories.task_desk import TaskCount
from barbican_like.model.unit_of_work import Reading
from barbican_like.operations.remembered import Remembered
from barbican_like.queue.desk import Desk
from barbican_like.room import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the whole program is at one moment."""

    rooms: Figures
    tasks: Sequence[TaskCount]
    attention: Sequence[Trouble]  # the newest first

    @property
    def has_failed(self) -> bool:
        """Whether a process is not as it should be."""
        return any(process.has_failed for process in self.rooms.processes)


class Operations:
    """Asks the rooms, the task rows and the meters.

    :param parts: those of this process.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.desk = Desk(parts.database, parts.kinds)
        self._standing: Remembered[Standing] = Remembered()
        self._counts: Remembered[Sequence[TaskCount]] = Remembered()
        self._last_hour: Remembered[Counted] = Remembered()
        self._meters = config.meter_folder(parts.conf)

    def standing(self, view: Reading) -> Standing:
        """How everything is, at most ten seconds ago."""
        return self._standing.get(lambda: self._look(view))

    def task_counts(self, view: Reading) -> Sequence[TaskCount]:
        """How many tasks there are, at most ten seconds ago."""
        return self._counts.get(view.task_desk.counts)

    def last_hour(self) -> Counted:
        """What all processes have done, and in which steps of the last hour, at most ten seconds ago.

        :raises Overloaded: when it cannot be read now.
        """
        return self._last_hour.get(lambda: self._read_meters(steps=True))

    def counted(self) -> Counted:
        """What all processes have done by now: whichever process is asked, it never becomes less.

        :raises Overloaded: when it cannot be read now.
        """
        return self._read_meters(steps=False)

    def _read_meters(self, *, steps: bool) -> Counted:
        try:
            return reading.read(self._meters, steps=steps)
        except OSError as error:
            raise Overloaded(f"the meters cannot be read: {error.strerror}") from error

    def _look(self, view: Reading) -> Standing:
        rooms = self._parts.figures(self._parts, view)
        dead = [_given_up(task) for task in view.task_desk.given_up(MOST_TROUBLES)]
        attention = sorted([*rooms.troubles, *dead], key=lambda trouble: trouble.since, reverse=True)
        return Standing(rooms=rooms, tasks=view.task_desk.counts(), attention=attention)


def _given_up(task: Task) -> Trouble:
    return Trouble(
        object="tasks",
        id=task.id,
        project_id=task.project_id or None,
        reason=f"{task.name} was given up: {task.last_error or 'it cannot be read'}",
        since=task.created_at,
    )
