"""What every connection of the gateway uses: the feed, the policy, the tail, threads for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from barbican_like.activity.feed import reading
from barbican_like.activity.feed.audience import audience_of
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Filter, Keep
from barbican_like.activity.feed.initial import Start, take
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.http import answers
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.callers import person_of
from barbican_like.activity.http.queries import Queries, Wish
from barbican_like.activity.live.tail import KEPT, Row, Tail
from barbican_like.activity.models import Change, Head
from barbican_like.activity.registry.person import PEOPLES, Person
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading

_AT_ONCE: Final = 500  # rows for a reader at a time
_THREADS: Final = 4

R = TypeVar("R")


class Hub:
    """One for a gateway. Its coroutines belong to one event loop.

    :param policy: the rules in force.
    :param catalogue: of what the feed tells of.
    """

    def __init__(self, database: Database, policy: Policy, catalogue: Catalogue) -> None:
        self.database = database
        self.policy = policy
        self.queries = Queries(catalogue)
        self._catalogue = catalogue
        with Reading(database) as view:
            self.envelopes = Envelopes(view.projects.deployment_id(), catalogue.types)
        self.tail = Tail()
        self._judges: WeakValueDictionary[RequestContext, Judge] = WeakValueDictionary()
        self._pool = ThreadPoolExecutor(_THREADS, "feed-reader")

    def close(self) -> None:
        """Take nothing new."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def judge_of(self, caller: RequestContext) -> Judge:
        """Who judges rows for a caller, the same one for all of his connections.

        What the caller is in the registry is read once; from then on the rows that pass tell.
        """
        known = replace(caller, request_id="")
        while True:
            judge = self._judges.get(known)
            if judge is not None:
                return judge
            place = self.tail.last
            person = await self.in_thread(lambda: self._person(known))
            missed = self.tail.after(place, KEPT)
            if missed is None or known in self._judges:
                continue
            judge = self._judges[known] = self._new_judge(known, person)
            _tell([judge], missed)
            return judge

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows: judges hear of what changes their callers' rights before anybody gets a row."""
        _tell(list(self._judges.values()), rows)
        self.tail.add(rows)

    def _new_judge(self, caller: RequestContext, person: Person) -> Judge:
        return Judge(self.policy, caller, self._catalogue, lambda: person)

    def _afresh(self, judge: Judge) -> Judge:
        """A judge for one answer from the database, which may be ahead of the rows that have passed."""
        return self._new_judge(judge.caller, self._person(judge.caller))

    def _person(self, caller: RequestContext) -> Person:
        with Reading(self.database) as view:
            return person_of(view, self.policy, caller)

    async def in_thread(self, work: Callable[[], R]) -> R:
        """Do what waits for the database."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def at_once(self, wish: Wish, judge: Judge) -> dict[str, Any]:
        """The answer to who does not wait."""

        def answer() -> dict[str, Any]:
            return answers.at_once(self.database, wish, self._afresh(judge), self.envelopes)

        return await self.in_thread(answer)

    async def place(self, since: int | None, *, from_now: bool) -> int:
        """Where a reader begins.

        :param since: the place that he names; None: the oldest row that is kept.
        :param from_now: whether it is the end, whatever else.
        :raises Gone: when the place is not kept.
        """
        head = await self.in_thread(self._head)
        if from_now:
            return head.last
        place = head.oldest - 1 if since is None else since
        reading.require_kept(place, head)
        return place

    async def start(self, wanted: Filter, judge: Judge, names: Sequence[str]) -> Start:
        """The objects that are there, and the place to go on from."""

        def look() -> Start:
            fresh = self._afresh(judge)
            return take(self.database, fresh.objects, answers.keeps_object(wanted, fresh), names)

        return await self.in_thread(look)

    async def count(self, judge: Judge, name: str, is_there: Keep) -> int:
        """How many objects of a name there are for a caller; none of them is kept in memory.

        :param name: of the feed.
        :param is_there: which of them count.
        """
        counted = 0

        def look() -> None:
            fresh = self._afresh(judge)

            def leaves(state: Change) -> bool:
                nonlocal counted
                counted += is_there(state) and fresh.lets_read(state)
                return False

            take(self.database, fresh.objects, leaves, [name])

        await self.in_thread(look)
        return counted

    async def rows_after(self, place: int) -> Sequence[Row]:
        """Some rows behind a place, from memory where they are there.

        :raises Gone: when they are kept no longer, or there never was such a place.
        """
        if place > self.tail.last:
            # Either the tail has yet to hear of it, or a backup was restored: its rows would be missed.
            await self.in_thread(lambda: self._require_kept(place))
        rows = self.tail.after(place, _AT_ONCE)
        return await self.in_thread(lambda: self._older(place)) if rows is None else rows

    def _head(self) -> Head:
        number_committed(self.database)
        with Reading(self.database) as view:
            return view.of(FeedRepo).head()

    def _require_kept(self, place: int) -> None:
        with Reading(self.database) as view:
            reading.require_kept(place, view.of(FeedRepo).head())

    def _older(self, place: int) -> Sequence[Row]:
        with Reading(self.database) as view:
            found = reading.read(view.of(FeedRepo), place, _AT_ONCE, lambda _: True)
        last = self.tail.last  # of what judges have heard
        return [Row(change, self.envelopes) for change in found.changes if change.seq <= last]


def _tell(judges: Sequence[Judge], rows: Sequence[Row]) -> None:
    """Let judges hear of the rows that may change what their callers are."""
    for change in (row.change for row in rows if row.change.name in PEOPLES):
        audience = audience_of(change)
        for judge in judges:
            judge.hear(change, audience)
