"""What owners do with their subscriptions.

Task rows are locked before the subscription's own row, by everybody who locks both: so none wait in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from barbican_like.activity.kinds import PROCESS_ACTIVITY_DELIVERY
from barbican_like.activity.models import SigningKey, Subscription
from barbican_like.activity.repository.subscriptions import SubscriptionRepo
from barbican_like.activity.subscription_states import SubscriptionStatus
from barbican_like.activity.subscriptions import signing
from barbican_like.common import clock, ids
from barbican_like.common.errors import Conflict
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.values import keep_value
from barbican_like.queue.client import TaskClient

_BOTH_SIGN: Final = timedelta(hours=24)
_MOST_KEYS: Final = 5  # that sign at one time


class Order(NamedTuple):
    """What somebody wants delivered."""

    target: str
    wanted: str  # JSON: a filter
    place: int  # the number behind which to begin


class Owner(NamedTuple):
    """Who wants it."""

    project_id: str
    user_id: str  # empty where nothing but the project is known
    caller: str  # JSON: who he is now, by which each row is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The use cases.

    :param client: writes their tasks.
    :param plugins: seal their keys.
    """

    client: TaskClient
    plugins: Plugins

    def subscribe(self, uow: UnitOfWork, owner: Owner, order: Order) -> tuple[Subscription, str]:
        """Make a subscription; returns it with its key, which is secret and shown once."""
        now = clock.now()
        subscription = Subscription(
            id=ids.new_id(),
            **owner._asdict(),
            **order._asdict(),
            status=SubscriptionStatus.ACTIVE,
            problem=None,
            created_at=now,
            updated_at=now,
        )
        uow.of(SubscriptionRepo).add(subscription)
        key = self._new_key(uow, subscription)
        self._begin(uow, subscription)
        return subscription, key

    def rotate(self, uow: UnitOfWork, subscription: Subscription) -> str:
        """Make a new key beside the old one, which signs for another 24 hours. Returns what is secret.

        :raises Conflict: when too many were made of late.
        """
        subscriptions = uow.of(SubscriptionRepo)
        if len(subscriptions.valid_keys(subscription.id)) >= _MOST_KEYS:
            raise Conflict(f"{_MOST_KEYS} keys sign already; try again when one of them has expired")
        subscriptions.expire_keys(subscription.id, clock.now() + _BOTH_SIGN)
        return self._new_key(uow, subscription)

    def replay(self, uow: UnitOfWork, subscription: Subscription, place: int) -> None:
        """Deliver from a place on, again where that was delivered before."""
        _discard(uow, subscription.id)
        uow.of(SubscriptionRepo).set_place(subscription.id, place)
        if subscription.status == SubscriptionStatus.ACTIVE:
            self._begin(uow, subscription)

    def resume(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Deliver from now on, at once.

        :raises Conflict: when its status has changed meanwhile.
        """
        _discard(uow, subscription.id)
        self._move(uow, subscription, SubscriptionStatus.ACTIVE)
        self._begin(uow, subscription)

    def pause(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Deliver nothing from now on; what is on its way may still arrive.

        :raises Conflict: when it is not active.
        """
        _discard(uow, subscription.id)
        self._move(uow, subscription, SubscriptionStatus.PAUSED)

    def _new_key(self, uow: UnitOfWork, subscription: Subscription) -> str:
        key = signing.new_key()
        row = SigningKey(ids.new_id(), subscription.id, clock.now(), None)
        uow.of(SubscriptionRepo).add_key(row)
        keep_value(uow, self.plugins, subscription.project_id, row.id, key)
        return signing.shown(key)

    def _begin(self, uow: UnitOfWork, subscription: Subscription) -> None:
        project_id = subscription.project_id
        self.client.ensure(uow, PROCESS_ACTIVITY_DELIVERY, subscription.id, project_id=project_id)

    def _move(self, uow: UnitOfWork, subscription: Subscription, status: SubscriptionStatus) -> None:
        if not uow.of(SubscriptionRepo).move(subscription.id, status):
            raise Conflict(f"The subscription is {subscription.status}: it cannot become {status}")


def remove(uow: UnitOfWork, subscription_id: str) -> None:
    """Remove a subscription with its keys."""
    _discard(uow, subscription_id)
    subscriptions = uow.of(SubscriptionRepo)
    key_ids = [key.id for key in subscriptions.keys(subscription_id)]
    subscriptions.remove_keys(key_ids)
    uow.sealed_values.remove(key_ids)
    subscriptions.delete(subscription_id)


def purge(uow: UnitOfWork, project_id: str, limit: int) -> int:
    """Remove some of a project's subscriptions; how many, 0 when none is left.

    :param project_id: the project's external id.
    """
    found = uow.of(SubscriptionRepo).of_project(project_id, limit)
    for subscription_id in found:
        remove(uow, subscription_id)
    return len(found)


def _discard(uow: UnitOfWork, subscription_id: str) -> None:
    """Remove its task, whose pause or end counts no longer; a worker's claim on it is lost."""
    task = uow.tasks.find(PROCESS_ACTIVITY_DELIVERY.name, subscription_id)
    if task is not None:
        uow.tasks.discard(task.id)
