"""A thread of each worker that sees when something has come for a subscription that has no task."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.kinds import PROCESS_ACTIVITY_DELIVERY
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.subscriptions import SubscriptionRepo
from barbican_like.common.background import Rounds
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.client import TaskClient

_LOOK_EVERY: Final = 0.5  # seconds
_AT_ONCE: Final = 100  # tasks of one transaction


class DeliveryWatch(Rounds):
    """Gives them one. Several workers may do so at once: there is one task for each."""

    def __init__(self, database: Database, client: TaskClient) -> None:
        super().__init__("delivery-watch", _LOOK_EVERY)
        self._database = database
        self._client = client

    def look(self) -> int:
        """Look once; returns how many tasks were written."""
        with Reading(self._database) as view:
            if not view.of(SubscriptionRepo).any_active():
                return 0
        number_committed(self._database)
        kind = PROCESS_ACTIVITY_DELIVERY
        with Reading(self._database) as view:
            last = view.of(FeedRepo).head().last
            idle = view.of(SubscriptionRepo).idle(last, kind.name, _AT_ONCE)
        if idle:
            with UnitOfWork(self._database) as uow:
                for subscription in idle:
                    self._client.ensure(uow, kind, subscription.id, project_id=subscription.project_id)
                uow.commit()
        return len(idle)
