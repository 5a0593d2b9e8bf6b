"""What a caller may see of secrets, containers and orders in the feed: what a GET would show him."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from barbican_like.common.notices import Audience, Notice
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy, Target
from barbican_like.model import telling
from barbican_like.model.repositories.objects import ObjectsRepo
from barbican_like.model.unit_of_work import Repositories

_AT_ONCE: Final = 500  # objects of one statement
_NOBODYS: Final = "\x00"  # no project and no user has this id

Tell = Callable[[Repositories, Sequence[str]], Iterator[Notice]]
"""Notices of objects by their ids."""


class GuardedSight:
    """That of secrets and containers, which rules and their ACLs guard.

    :param kind: of the objects, as the rules name it.
    :param tell: tells of objects by their ids.
    """

    def __init__(self, kind: str, tell: Tell, policy: Policy, caller: RequestContext) -> None:
        self._kind, self._tell, self._policy, self._caller = kind, tell, policy, caller

    def sees(self, audience: Audience) -> bool:
        """Whether the rule lets the caller get the object."""
        user_id = self._caller.user_id
        return self._permits(
            Target(
                kind=self._kind,
                project_id=audience.project_id,
                creator_id=audience.creator_id,
                read="read" if user_id is not None and user_id in audience.readers else None,
                read_project_access=audience.is_open,
            )
        )

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """Those of the caller's project, those whose ACLs name him, and all where the rule may allow it."""
        return _told(self._tell, view, self._ids(view.of(ObjectsRepo)))

    def _ids(self, objects: ObjectsRepo) -> set[str]:
        if self._may_see_others():
            return set(objects.all(self._kind))
        found = set(objects.of_project(self._kind, self._caller.project_id))
        if self._caller.user_id is not None:
            found.update(objects.naming(self._kind, self._caller.user_id))
        return found

    def _may_see_others(self) -> bool:
        """Whether the rule looks at more than the project and the readers: operators may have changed it."""
        return any(
            self._permits(
                Target(kind=self._kind, project_id=_NOBODYS, creator_id=creator, read_project_access=is_open)
            )
            for creator in (self._caller.user_id, _NOBODYS)
            for is_open in (True, False)
        )

    def _permits(self, target: Target) -> bool:
        return self._policy.permits(f"{self._kind}:get", self._caller, target)


class OrderSight:
    """That of orders, which are looked up within their project only."""

    def __init__(self, policy: Policy, caller: RequestContext) -> None:
        self._policy, self._caller = policy, caller

    def sees(self, audience: Audience) -> bool:
        """Whether it is of the caller's project, and the rule lets him get it."""
        if audience.project_id != self._caller.project_id:
            return False
        target = Target(kind="order", project_id=audience.project_id, creator_id=audience.creator_id)
        return self._policy.permits("order:get", self._caller, target)

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """Those of the caller's project."""
        ids = view.of(ObjectsRepo).of_project("order", self._caller.project_id)
        return _told(telling.orders, view, ids)


def secrets(policy: Policy, caller: RequestContext) -> GuardedSight:
    """That of secrets."""
    return GuardedSight("secret", telling.secrets, policy, caller)


def containers(policy: Policy, caller: RequestContext) -> GuardedSight:
    """That of containers."""
    return GuardedSight("container", telling.containers, policy, caller)


def _told(tell: Tell, view: Repositories, found: set[str] | Sequence[str]) -> Iterator[Notice]:
    ids = sorted(found)
    for start in range(0, len(ids), _AT_ONCE):
        yield from tell(view, ids[start : start + _AT_ONCE])
