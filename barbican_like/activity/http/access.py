"""Who may read a row of the feed: whoever may GET its object, by what the row itself says of that."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.feed.audience import entitled
from barbican_like.activity.feed.initial import Reach
from barbican_like.activity.models import Change
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy, Target

_ASKED: Final = {
    "secrets": ("secret:get", "secret"),
    "containers": ("container:get", "container"),
    "orders": ("order:get", "order"),
}
"""For changes of each name the rule, and the kind of thing that it is asked about."""

_NOBODYS: Final = "\x00"  # no project and no user has this id
_MOST: Final = 10_000  # answers that are remembered


class Judge:
    """Judges rows for one caller. Nothing is read for it, and rows that say the same are judged once.

    :param policy: the rules in force.
    :param caller: who wants to read.
    """

    def __init__(self, policy: Policy, caller: RequestContext) -> None:
        self._policy = policy
        self._caller = caller
        self._known: dict[tuple[str, str | None, str | None], bool] = {}

    def lets_read(self, change: Change) -> bool:
        """Whether the row is the caller's to read."""
        key = (change.name, change.project_id, change.audience)
        answer = self._known.get(key)
        if answer is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            answer = self._known[key] = self._asked(change)
        return answer

    def reach(self) -> Reach:
        """Where objects may be that the caller may see."""
        everywhere = {name for name in _ASKED if self._may_see_others(name)}
        return Reach(
            project_id=self._caller.project_id,
            user_id=self._caller.user_id,
            everywhere=frozenset(everywhere),
        )

    def _may_see_others(self, name: str) -> bool:
        """Whether the rule looks at more than the project and the readers: operators may have changed it."""
        rule, kind = _ASKED[name]
        if kind == "order":
            return False
        others = [
            Target(kind=kind, project_id=_NOBODYS, creator_id=creator, read_project_access=is_open)
            for creator in (self._caller.user_id, _NOBODYS)
            for is_open in (True, False)
        ]
        return any(self._policy.permits(rule, self._caller, target) for target in others)

    def _asked(self, change: Change) -> bool:
        rule, kind = _ASKED[change.name]
        if kind == "order" and change.project_id != self._caller.project_id:
            return False  # orders are looked up within their project only
        concerned = entitled(change)
        names_caller = self._caller.user_id is not None and self._caller.user_id in concerned.readers
        target = Target(
            kind=kind,
            project_id=change.project_id,
            creator_id=concerned.creator_id,
            read="read" if names_caller else None,
            read_project_access=concerned.is_open,
        )
        return self._policy.permits(rule, self._caller, target)
