"""The client side of the task fabric: what a request owes becomes a row, and after the commit a wake-up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.kinds import USUAL_PRIORITY, TaskKind, cost
from barbican_like.queue.transport import Waker, WakeUp

NOBODY: Final = ""
"""The project of work that is done for none."""


class TaskClient:
    """Writes tasks and wakes workers.

    The row is written in the caller's transaction; the wake-up leaves after its commit, never raises and
    never waits. ``arguments`` are ids, also of what the task will make, so that a second try makes the same.
    """

    def __init__(self, waker: Waker) -> None:
        self._waker = waker

    def owe(
        self,
        uow: UnitOfWork,
        kind: TaskKind,
        entity_id: str,
        arguments: Mapping[str, str] = MappingProxyType({}),
        *,
        project_id: str = NOBODY,
        priority: int = USUAL_PRIORITY,
        delay: float = 0.0,
    ) -> None:
        """Write a task for an entity that has none of its kind.

        :param project_id: external id of the project that it is worked for, among which workers take turns.
        :param delay: seconds until it may be worked.
        """
        uow.tasks.add(
            name=kind.name,
            entity_id=entity_id,
            project_id=project_id,
            kwargs=arguments,
            cost=cost(priority),
            delay=delay,
        )
        if delay <= 0:
            self._wake_after(uow, kind, entity_id)

    def ensure(
        self,
        uow: UnitOfWork,
        kind: TaskKind,
        entity_id: str,
        arguments: Mapping[str, str] = MappingProxyType({}),
        *,
        project_id: str = NOBODY,
        priority: int = USUAL_PRIORITY,
    ) -> None:
        """Let the entity's task be worked once from now on, whether or not it has one.

        However often it is asked for there is one row, which is worked by one worker at a time, and goes
        round again where it was asked for while it was worked.
        """
        uow.tasks.ensure(
            name=kind.name,
            entity_id=entity_id,
            project_id=project_id,
            kwargs=arguments,
            cost=cost(priority),
        )
        self._wake_after(uow, kind, entity_id)

    def _wake_after(self, uow: UnitOfWork, kind: TaskKind, entity_id: str) -> None:
        uow.after_commit(partial(self._waker.wake, WakeUp(kind.name, {kind.entity: entity_id})))
