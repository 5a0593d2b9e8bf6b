"""A slot at work: turn after turn, from when it is let in until it has nothing more to do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from barbican_like.common.errors import ClaimLost
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.run import Run
from barbican_like.workqueue.baton import Hand
from barbican_like.workqueue.models import Element, Job, Site, Slot
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.repository.slots import SlotRepo
from barbican_like.workqueue.repository.turns import Appetite, Result, TurnRepo
from barbican_like.workqueue.work import recovery
from barbican_like.workqueue.work.cancelling import cancel_page, cancel_some
from barbican_like.workqueue.work.connections import Connections
from barbican_like.workqueue.work.heart import Heart
from barbican_like.workqueue.work.spreading import spread
from barbican_like.workqueue.work.tools import Tools
from barbican_like.workqueue.work.working import Unfinished, Worker

_FULL: Final = 0.25  # seconds until a slot asks again whose site is full
_DISABLED: Final = 5.0  # seconds until it asks again whose site is disabled
LONGEST_REST: Final = 60.0
"""Seconds that a slot rests at most."""

_PATIENCE: Final = 5.0  # seconds that a slot works while others wait
_LARGEST: Final = Appetite()


@dataclass(frozen=True, slots=True)
class Batch:
    """What a slot does next."""

    job: Job
    elements: list[Element]


class Shift:
    """One claim of a slot.

    :param run: the claim.
    """

    def __init__(self, tools: Tools, run: Run, slot: Slot) -> None:
        self._tools = tools
        self._run = run
        self._slot = slot
        self._files = _LARGEST.files  # of a batch that takes a second
        self._last_spread = 0.0
        self._hand = Hand(tools.baton)

    def work(self) -> float:
        """Work until nothing is left, or others are due; seconds until the slot is to be worked again."""
        sites = self._sites()
        if sites is None:
            self._end_jobs()
            return 0.0
        if not all(site.spec.enabled for site in sites):
            self._cancel()
            return _DISABLED
        if not self._let_in(*sites):
            self._cancel()
            return _FULL
        recovery.recover(self._tools, self._run, self._slot, sites)
        connections = Connections(self._tools, *sites)
        try:
            with Heart(self._tools, self._run, self._slot, connections.close) as heart:
                worker = Worker(self._tools, self._run, heart, connections, sites, hand=self._hand)
                return self._turns(worker, sites)
        finally:
            self._hand.rest()
            connections.close()

    def _sites(self) -> tuple[Site, Site] | None:
        with Reading(self._tools.database) as view:
            sites = view.of(SiteRepo)
            src, dst = sites.find(self._slot.src_siteid), sites.find(self._slot.dst_siteid)
        return None if src is None or dst is None else (src, dst)

    def _end_jobs(self) -> None:
        """End what waits for a site that is gone with its project."""
        with self._tools.writing(self._run.task) as uow:
            uow.of(SlotRepo).end_jobs(self._slot)
        self._cancel()

    def _cancel(self) -> None:
        """End what waits of jobs that their users have ended: that needs no site."""
        while cancel_some(self._tools.database, self._slot):
            self._run.checkpoint()

    def _let_in(self, src: Site, dst: Site) -> bool:
        with self._tools.writing(self._run.task) as uow:
            if not uow.of(SiteRepo).lock(src.id, dst.id):
                return False
            return uow.of(SlotRepo).let_in(self._slot, self._run.task.fence, src, dst)

    def _turns(self, worker: Worker, sites: tuple[Site, Site]) -> float:
        begun = time.monotonic()
        batch = self._turn(worker, sites, None, [], 0.0)
        while batch is not None:
            self._hand.project = batch.job.project_id
            started = time.monotonic()
            try:
                results = worker.work(batch.job, batch.elements)
            except Unfinished as broken:
                self._give_up(worker, batch.job, broken)
                raise broken.cause from broken
            seconds = time.monotonic() - started
            self._learn(len(results), seconds)
            if self._is_to_yield(begun):
                self._turn(worker, sites, batch.job, results, seconds, goes_on=False)
                return _FULL if self._run.task.losses == 0 else 0.0
            batch = self._turn(worker, sites, batch.job, results, seconds)
        return 0.0

    def _is_to_yield(self, begun: float) -> bool:
        """Whether it is others' turn; at once where workers were lost before, so that this is forgotten."""
        if self._run.task.losses > 0:
            return True
        if time.monotonic() - begun < _PATIENCE:
            return False
        with Reading(self._tools.database) as view:
            return view.of(SlotRepo).others_wait(self._slot, _FULL)

    def _learn(self, files: int, seconds: float) -> None:
        """Take as many files at once as the last ones took a second for."""
        rate = files / max(seconds, 0.001)
        self._files = max(1, min(_LARGEST.files, int(rate)))

    def _turn(
        self,
        worker: Worker,
        sites: tuple[Site, Site],
        done: Job | None,
        results: list[Result],
        seconds: float,
        *,
        goes_on: bool = True,
    ) -> Batch | None:
        """Write the last batch's results and reserve the next one; None where there is nothing to do now.

        Where another job is next, that is a transaction of its own: jobs are never locked two at a time.
        """
        self._hand.hold()
        with worker.heart.lock:
            with self._tools.writing(self._run.task) as uow:
                job = self._settle(uow, done, results, seconds)
                chosen = uow.of(SlotRepo).choose(self._slot) if goes_on else None
                if job is not None and chosen == job.id:
                    batch = self._reserve(uow, job, sites)
                    if batch is not None:
                        return batch
                    chosen = uow.of(SlotRepo).choose(self._slot)
            while chosen is not None:
                self._run.checkpoint()
                with self._tools.writing(self._run.task) as uow:
                    job = uow.of(TurnRepo).lock(chosen)
                    batch = None if job is None else self._reserve(uow, job, sites)
                    if batch is not None:
                        return batch
                    chosen = uow.of(SlotRepo).choose(self._slot)
        return None

    def _settle(self, uow: UnitOfWork, done: Job | None, results: list[Result], seconds: float) -> Job | None:
        if done is None:
            return None
        turns = uow.of(TurnRepo)
        job = turns.lock(done.id)
        return None if job is None else turns.settle(job, self._slot.id, results, seconds)

    def _reserve(self, uow: UnitOfWork, job: Job, sites: tuple[Site, Site]) -> Batch | None:
        if job.cancel_requested:
            cancel_page(uow, job)
            return None
        job, found = uow.of(TurnRepo).reserve(job, self._slot.id, Appetite(files=self._files))
        if not found:
            return None
        now = time.monotonic()
        if self._slot.n == 0 and now - self._last_spread > _PATIENCE:
            self._last_spread = now
            spread(uow, self._tools.client, job, sites)
        return Batch(job, found)

    def _give_up(self, worker: Worker, job: Job, broken: Unfinished) -> None:
        """Give back what a worker that stops had reserved; nothing where the claim is lost."""
        if isinstance(broken.cause, ClaimLost):
            return
        with worker.heart.lock, self._tools.writing(self._run.task) as uow:
            self._settle(uow, job, broken.results, 0.0)
