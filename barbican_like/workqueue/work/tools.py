"""What a slot works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from barbican_like.common.errors import ClaimLost
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue import telling
from barbican_like.workqueue.baton import Baton
from barbican_like.workqueue.config import Settings
from barbican_like.workqueue.outputs import Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Made once a process."""

    database: Database
    plugins: Plugins
    client: TaskClient
    settings: Settings
    outputs: Outputs
    baton: Baton
    host: str  # of this machine, as attempts tell it

    @contextmanager
    def writing(self, task: Task) -> Iterator[UnitOfWork]:
        """A transaction of a slot, committed at the end.

        :raises ClaimLost: when the slot is another's: nothing is written then.
        """
        with UnitOfWork(self.database) as uow:
            if not uow.tasks.hold(task):
                raise ClaimLost
            yield uow
            telling.of_moves(uow)
            uow.commit()
