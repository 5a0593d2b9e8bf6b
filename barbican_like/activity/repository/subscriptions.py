"""Subscriptions: whose they are, how far they have come, and the keys that sign for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from barbican_like.activity.models import SigningKey, Subscription
from barbican_like.activity.subscription_states import SUBSCRIPTION_MOVES, SubscriptionStatus
from barbican_like.activity.tables import subscription_keys, subscriptions
from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import compare_and_set
from barbican_like.model.tables import tasks

_SUBSCRIPTION = Columns(subscriptions, Subscription)
_THIS = subscriptions.c.id == bindparam("of_id")
_INSERT = insert(subscriptions)
_FIND = select(*_SUBSCRIPTION).where(_THIS)
_OWN = and_(
    subscriptions.c.project_id == bindparam("of_project"), subscriptions.c.user_id == bindparam("of_user")
)
_LIST = (
    select(*_SUBSCRIPTION)
    .where(_OWN, subscriptions.c.id > bindparam("after"))
    .order_by(subscriptions.c.id)
    .limit(bindparam("limit"))
)
_OF_PROJECT = (
    select(subscriptions.c.id)
    .where(subscriptions.c.project_id == bindparam("of_project"))
    .limit(bindparam("limit"))
)
_MOVES: Final = {
    status: compare_and_set(subscriptions, SUBSCRIPTION_MOVES, status).values(
        problem=bindparam("to_problem"), updated_at=bindparam("at")
    )
    for status in SubscriptionStatus
}
_IS_ACTIVE = subscriptions.c.status == SubscriptionStatus.ACTIVE
_ADVANCE = (
    update(subscriptions)
    .where(_THIS, _IS_ACTIVE, subscriptions.c.place == bindparam("from_place"))
    .values(place=bindparam("to_place"), problem=None)
)
_SET_PLACE = (
    update(subscriptions).where(_THIS).values(place=bindparam("to_place"), updated_at=bindparam("at"))
)
_NOTE = update(subscriptions).where(_THIS, _IS_ACTIVE).values(problem=bindparam("to_problem"))
_DELETE = delete(subscriptions).where(_THIS)
_ANY_ACTIVE = select(subscriptions.c.id).where(_IS_ACTIVE).limit(1)
_IDLE = (
    select(subscriptions.c.id, subscriptions.c.project_id)
    .select_from(
        subscriptions.outerjoin(
            tasks, and_(tasks.c.entity_id == subscriptions.c.id, tasks.c.name == bindparam("kind"))
        )
    )
    .where(_IS_ACTIVE, subscriptions.c.place < bindparam("last"), tasks.c.id.is_(None))
    .limit(bindparam("limit"))
)

_KEY = Columns(subscription_keys, SigningKey)
_OF_THIS = subscription_keys.c.subscription_id == bindparam("of_id")
_INSERT_KEY = insert(subscription_keys)
_KEYS = select(*_KEY).where(_OF_THIS).order_by(subscription_keys.c.created_at, subscription_keys.c.id)
_VALID_KEYS = _KEYS.where(
    or_(subscription_keys.c.expires_at.is_(None), subscription_keys.c.expires_at > bindparam("now"))
)
_EXPIRE = (
    update(subscription_keys)
    .where(_OF_THIS, subscription_keys.c.expires_at.is_(None))
    .values(expires_at=bindparam("at"))
)
_EXPIRED = (
    select(subscription_keys.c.id)
    .where(subscription_keys.c.expires_at <= bindparam("now"))
    .limit(bindparam("limit"))
)
_REMOVE_KEYS = delete(subscription_keys).where(subscription_keys.c.id.in_(bindparam("ids", expanding=True)))


class IdleSubscription(NamedTuple):
    """One that has something to deliver, and no task."""

    id: str
    project_id: str


class SubscriptionRepo(Repository):
    """Subscriptions of all owners."""

    def add(self, subscription: Subscription) -> None:
        """Write a new one."""
        self._insert(_INSERT, _SUBSCRIPTION.row(subscription))

    def find(self, subscription_id: str) -> Subscription | None:
        """One of anybody's."""
        row = self._connection.execute(_FIND, {"of_id": subscription_id}).one_or_none()
        return None if row is None else _SUBSCRIPTION.value(row)

    def own(self, subscription_id: str, project_id: str, user_id: str) -> Subscription:
        """One of an owner's.

        :raises NotFound: when he has none of that id.
        """
        found = self.find(subscription_id)
        if found is None or (found.project_id, found.user_id) != (project_id, user_id):
            raise NotFound("Not Found. Subscription not found.")
        return found

    def list(self, project_id: str, user_id: str, *, after: str, limit: int) -> Sequence[Subscription]:
        """A page of an owner's, in the order of their ids.

        :param after: the last id of the page before; empty for the first.
        """
        values = {"of_project": project_id, "of_user": user_id, "after": after, "limit": limit}
        return [_SUBSCRIPTION.value(row) for row in self._connection.execute(_LIST, values)]

    def of_project(self, project_id: str, limit: int) -> Sequence[str]:
        """The ids of some of a project's."""
        values = {"of_project": project_id, "limit": limit}
        return self._connection.execute(_OF_PROJECT, values).scalars().all()

    def move(self, subscription_id: str, status: SubscriptionStatus, problem: str | None = None) -> bool:
        """Give it another status; False when the one that it has may not precede that.

        :param problem: why.
        """
        values = {"of_id": subscription_id, "to_problem": problem, "at": clock.now()}
        return self._connection.execute(_MOVES[status], values).rowcount == 1

    def advance(self, subscription_id: str, *, place: int, to: int) -> bool:
        """Put the place of an active one behind what was delivered; False when it is elsewhere by now."""
        values = {"of_id": subscription_id, "from_place": place, "to_place": to}
        return self._connection.execute(_ADVANCE, values).rowcount == 1

    def set_place(self, subscription_id: str, place: int) -> None:
        """Go on from a place that its owner names."""
        values = {"of_id": subscription_id, "to_place": place, "at": clock.now()}
        self._connection.execute(_SET_PLACE, values)

    def note(self, subscription_id: str, problem: str) -> None:
        """Say what was wrong with a try."""
        self._connection.execute(_NOTE, {"of_id": subscription_id, "to_problem": problem})

    def delete(self, subscription_id: str) -> None:
        """Remove it; its keys are gone already."""
        self._connection.execute(_DELETE, {"of_id": subscription_id})

    def any_active(self) -> bool:
        """Whether there is an active one."""
        return self._connection.execute(_ANY_ACTIVE).one_or_none() is not None

    def idle(self, last: int, kind: str, limit: int) -> Sequence[IdleSubscription]:
        """Some active ones that are not at the end of the feed, and that no task works.

        :param last: the number of the feed's last row.
        :param kind: the name of the tasks' kind.
        """
        rows = self._connection.execute(_IDLE, {"last": last, "kind": kind, "limit": limit})
        return [IdleSubscription(*row) for row in rows]

    def add_key(self, key: SigningKey) -> None:
        """Write a new key."""
        self._insert(_INSERT_KEY, _KEY.row(key))

    def keys(self, subscription_id: str) -> Sequence[SigningKey]:
        """All keys of one, the oldest first."""
        return [_KEY.value(row) for row in self._connection.execute(_KEYS, {"of_id": subscription_id})]

    def valid_keys(self, subscription_id: str) -> Sequence[SigningKey]:
        """The keys that sign for it now, the oldest first."""
        values = {"of_id": subscription_id, "now": clock.now()}
        return [_KEY.value(row) for row in self._connection.execute(_VALID_KEYS, values)]

    def expire_keys(self, subscription_id: str, at: datetime) -> None:
        """Let the newest key of one sign no longer than until a time."""
        self._connection.execute(_EXPIRE, {"of_id": subscription_id, "at": at})

    def expired_keys(self, limit: int) -> Sequence[str]:
        """The ids of some keys that sign no more."""
        return self._connection.execute(_EXPIRED, {"now": clock.now(), "limit": limit}).scalars().all()

    def remove_keys(self, key_ids: Sequence[str]) -> None:
        """Remove keys; their values are removed by who asks for this."""
        if key_ids:
            self._connection.execute(_REMOVE_KEYS, {"ids": key_ids})
