"""What every connection of the gateway uses: the feed, the policy, the tail, threads for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from barbican_like.activity.feed import reading
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Filter
from barbican_like.activity.feed.initial import Start, take
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.http import answers
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.queries import Wish
from barbican_like.activity.live.tail import Row, Tail
from barbican_like.activity.models import Head
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
    """

    def __init__(self, database: Database, policy: Policy) -> None:
        self.database = database
        self.policy = policy
        with Reading(database) as view:
            self.envelopes = Envelopes(view.projects.deployment_id())
        self.tail = Tail()
        self._judges: WeakValueDictionary[RequestContext, Judge] = WeakValueDictionary()
        self._pool = ThreadPoolExecutor(_THREADS, "feed-reader")

    def close(self) -> None:
        """Take nothing new."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def judge_of(self, caller: RequestContext) -> Judge:
        """Who judges rows for a caller, the same one for all of his connections."""
        known = replace(caller, request_id="")
        judge = self._judges.get(known)
        if judge is None:
            judge = self._judges[known] = Judge(self.policy, known)
        return judge

    async def in_thread(self, work: Callable[[], R]) -> R:
        """Do what waits for the database."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def at_once(self, wish: Wish, judge: Judge) -> dict[str, Any]:
        """The answer to who does not wait."""
        return await self.in_thread(lambda: answers.at_once(self.database, wish, judge, self.envelopes))

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
        keep = answers.keeps_object(wanted, judge)
        return await self.in_thread(lambda: take(self.database, judge.reach(), keep, names))

    async def rows_after(self, place: int) -> Sequence[Row]:
        """Some rows behind a place, from memory where they are there.

        :raises Gone: when they are kept no longer.
        """
        rows = self.tail.after(place, _AT_ONCE)
        return await self.in_thread(lambda: self._older(place)) if rows is None else rows

    def _head(self) -> Head:
        number_committed(self.database)
        with Reading(self.database) as view:
            return view.of(FeedRepo).head()

    def _older(self, place: int) -> Sequence[Row]:
        with Reading(self.database) as view:
            found = reading.read(view.of(FeedRepo), place, _AT_ONCE, lambda _: True)
        return [Row(change, self.envelopes) for change in found.changes]
