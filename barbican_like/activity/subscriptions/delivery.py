"""The task of a subscription: what has come since the last time is delivered, one item after the other.

The place is moved after each item in a transaction of its own, under the claim's fence. A worker that is
killed in between has sent at most one item whose place was not moved: it is sent again, with the same id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from barbican_like.activity.feed import reading
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.models import Change, Subscription
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.subscriptions import SubscriptionRepo
from barbican_like.activity.subscription_states import SubscriptionStatus
from barbican_like.common.errors import ClaimLost, Gone, ServerError
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.values import open_value
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Again, Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

if TYPE_CHECKING:
    from barbican_like.activity.subscriptions.sending import Answer, Sender

_LONGEST_TURN: Final = 20.0  # seconds, then other subscriptions have theirs
_AT_ONCE: Final = 100  # rows of one look
_PAUSE: Final = 1.0  # seconds after a failure that came behind a success
_BEHIND: Final = "What stands behind the subscription's place is kept no longer: replay from another"
_GIVEN_UP: Final = "The target has taken nothing for two days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What deliveries are made with."""

    database: Database
    plugins: Plugins  # open the keys
    sender: Callable[[], Sender]  # for one turn
    keeps: Callable[[Subscription], Keep]  # what its owner wants of what is his to see
    envelopes: Callable[[], Envelopes]
    tell: Callable[[UnitOfWork, Subscription, str], None]  # its owner, that it was ended, and why


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one turn has come to."""

    end: str | None = None  # why the subscription ends
    pause: float | None = None  # seconds until the next turn; None: when something new has come


class DeliveryFailed(ServerError):
    """The target has not taken an item, and there was nothing before it in this turn."""


class Deliver(BaseTask[Subscription, Delivered]):
    """Delivers to one subscription at a time."""

    operation: ClassVar[str] = "Process Activity delivery"

    def __init__(self, tools: Tools, claims: Claims) -> None:
        super().__init__(tools.database, claims)
        self._tools = tools

    def retrieve_entity(self, view: Reading, task: Task) -> Subscription | None:
        """The subscription; None where it is gone or wants nothing now."""
        found = view.of(SubscriptionRepo).find(task.entity_id)
        return found if found is not None and found.status == SubscriptionStatus.ACTIVE else None

    def handle_processing(self, run: Run, entity: Subscription) -> Delivered:
        """Deliver for a while."""
        number_committed(self._database)
        with self._tools.sender() as sender:
            return _Turn(self._tools, run, entity, sender).take()

    def handle_success(
        self, uow: UnitOfWork, task: Task, entity: Subscription, work: Delivered
    ) -> Again | None:
        """Go on, or end with what there is; the watch sees to it when more comes."""
        if work.end is not None:
            self._disable(uow, entity.id, work.end)
            return None
        return None if work.pause is None else Again(work.pause)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """End the subscription: it has been tried for as long as it may."""
        reason = _GIVEN_UP if failure.error == DeliveryFailed.__name__ else failure.reason
        self._disable(uow, task.entity_id, reason)

    def _disable(self, uow: UnitOfWork, subscription_id: str, reason: str) -> None:
        subscriptions = uow.of(SubscriptionRepo)
        found = subscriptions.find(subscription_id)
        if subscriptions.move(subscription_id, SubscriptionStatus.DISABLED, reason) and found is not None:
            self._tools.tell(uow, found, reason)


class _Turn:
    """One try of the task."""

    def __init__(self, tools: Tools, run: Run, subscription: Subscription, sender: Sender) -> None:
        self._tools, self._run, self._sender = tools, run, sender
        self._subscription = subscription
        self._place = subscription.place
        self._opened: dict[str, bytes] = {}
        self._has_delivered = False

    def take(self) -> Delivered:
        """Deliver until there is nothing left, time is up, or something is wrong.

        :raises DeliveryFailed: when already the first item was not taken.
        """
        keep, ends = self._tools.keeps(self._subscription), time.monotonic() + _LONGEST_TURN
        while time.monotonic() < ends:
            self._run.checkpoint()
            try:
                page = self._look(keep)
            except Gone:
                return Delivered(end=_BEHIND)
            for change in page.changes:
                answer = self._deliver(change)
                if answer.problem is not None:
                    return self._refused(answer)
                if time.monotonic() >= ends:
                    return Delivered(pause=0.0)
            if page.last_seq == self._place and not page.changes:
                return Delivered()
            self._advance(page.last_seq)
        return Delivered(pause=0.0)

    def _look(self, keep: Keep) -> reading.Page:
        with Reading(self._tools.database) as view:
            return reading.read(view.of(FeedRepo), self._place, _AT_ONCE, keep)

    def _deliver(self, change: Change) -> Answer:
        self._run.checkpoint()
        subscription = self._subscription
        message_id = f"{subscription.id}.{change.seq}"
        body = self._tools.envelopes().encoded(change)
        answer = self._sender.send(subscription.target, message_id, body, self._keys())
        if answer.problem is None:
            self._advance(change.seq)
            self._has_delivered = True
        return answer

    def _refused(self, answer: Answer) -> Delivered:
        problem = answer.problem or ""
        if answer.is_gone:
            return Delivered(end=problem)
        with UnitOfWork(self._tools.database) as uow:
            uow.of(SubscriptionRepo).note(self._subscription.id, problem)
            uow.commit()
        if self._has_delivered:
            return Delivered(pause=_PAUSE)
        raise DeliveryFailed(problem)

    def _keys(self) -> Sequence[bytes]:
        """The keys that sign now: looked at for each item, since a new one counts at once."""
        subscription = self._subscription
        with Reading(self._tools.database) as view:
            valid = [key.id for key in view.of(SubscriptionRepo).valid_keys(subscription.id)]
            for key_id in valid:
                if key_id not in self._opened:
                    self._opened[key_id] = open_value(
                        view, self._tools.plugins, subscription.project_id, key_id
                    )
        return [self._opened[key_id] for key_id in valid]

    def _advance(self, to: int) -> None:
        """Move the place behind what was delivered or passed over.

        :raises ClaimLost: when another has the task by now, or the owner has moved the place himself.
        """
        if to == self._place:
            return
        with UnitOfWork(self._tools.database) as uow:
            if not uow.tasks.hold(self._run.task):
                raise ClaimLost
            if not uow.of(SubscriptionRepo).advance(self._subscription.id, place=self._place, to=to):
                raise ClaimLost
            uow.commit()
        self._place = to
