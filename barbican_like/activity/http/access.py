"""Who may read a row of the feed: whoever may GET its object, by what the row itself says of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from barbican_like.activity.feed.audience import audience_of
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.sights import SIGHTS
from barbican_like.activity.models import Change
from barbican_like.activity.registry.person import Person
from barbican_like.common.notices import Audience, Notice
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from barbican_like.model.unit_of_work import Repositories

_MOST: Final = 10_000  # answers that are remembered
_MOST_TURNS: Final = 1_000  # of what the caller is


class Judge:
    """Judges rows for one caller; those that say the same are judged once.

    Nothing is read for it but what the caller is in the registry, and that once.

    :param policy: the rules in force.
    :param caller: who wants to read.
    :param find_person: says how the registry knows him, when that is first asked.
    """

    def __init__(
        self,
        policy: Policy,
        caller: RequestContext,
        catalogue: Catalogue,
        find_person: Callable[[], Person],
    ) -> None:
        self.caller = caller
        self._sights = {name: followed.sight(policy, caller) for name, followed in catalogue.followed.items()}
        self._first_person = cache(find_person)
        self._turns: list[tuple[int, Person]] = []  # from which row on he has been what, the last one last
        self._known: dict[tuple[str, str | None, str | None, Person | None], bool] = {}

    def lets_read(self, change: Change) -> bool:
        """Whether the row is the caller's to read."""
        person = self._person_at(change.seq) if change.name in SIGHTS else None
        key = (change.name, change.project_id, change.audience, person)
        answer = self._known.get(key)
        if answer is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            answer = self._known[key] = self._sees(change, person)
        return answer

    def hear(self, change: Change, audience: Audience) -> None:
        """Keep up with what the caller is; called once for each row, in their order, before it is judged.

        :param audience: the row's, read once for all judges.
        """
        before = self._person_at(change.seq)
        after = before.after(change.name, change.object_id, change.op, audience)
        if after != before:
            self._turns = [*self._turns[-_MOST_TURNS:], (change.seq, after)]

    def objects(self, view: Repositories, name: str) -> Iterable[Notice]:
        """The objects of a name that may be the caller's to see; each is judged by itself then."""
        return SIGHTS[name].objects(view) if name in SIGHTS else self._sights[name].objects(view)

    def _person_at(self, seq: int) -> Person:
        """What he was when a row was written, its own change included."""
        known = (person for first, person in reversed(self._turns) if first <= seq)
        return next(known, None) or self._first_person()

    def _sees(self, change: Change, person: Person | None) -> bool:
        audience = audience_of(change)
        if person is not None:
            return SIGHTS[change.name].sees(person, audience)
        sight = self._sights.get(change.name)  # None: a version of the program has told of it that knew it
        return sight is not None and sight.sees(audience)
