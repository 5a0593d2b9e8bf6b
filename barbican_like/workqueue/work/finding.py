"""Element 0 at work: pages of what is there become elements, a listing, or the plan of a dry run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from barbican_like.queue.run import Run
from barbican_like.workqueue import paths
from barbican_like.workqueue.baton import Hand
from barbican_like.workqueue.models import Element, Job, Site
from barbican_like.workqueue.options import Options, Overwrite
from barbican_like.workqueue.protocols.port import Entry, Kind, Storage
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.repository.turns import Found, TurnRepo
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work import listing
from barbican_like.workqueue.work.copying import Done, find
from barbican_like.workqueue.work.expansion import Visit, child, start, walk
from barbican_like.workqueue.work.heart import Heart
from barbican_like.workqueue.work.planning import Plan
from barbican_like.workqueue.work.pump import pump
from barbican_like.workqueue.work.spreading import spread
from barbican_like.workqueue.work.tools import Tools
from barbican_like.workqueue.work.undertaking import Undertaking

_PAGE: Final = 1000  # names
_PAGE_SECONDS: Final = 1.0  # after which a page is written though it is not full

_ALONE: Final = 5.0  # seconds in which finding has most of the processor
_BESIDE: Final = 2  # slots that the job has meanwhile, this one included


@dataclass(slots=True)
class _Page:
    """What is found and not written yet."""

    children: list[Element] = field(default_factory=list)
    rows: list[listing.Row] = field(default_factory=list)
    last: bytes | None = None
    names: int = 0
    begun: float = field(default_factory=time.monotonic)

    @property
    def is_full(self) -> bool:
        return self.names >= _PAGE or (self.names > 0 and time.monotonic() - self.begun > _PAGE_SECONDS)


class Finder:
    """Works element 0 of a job.

    :param sites: the link's two ends.
    :param hand: the slot's.
    """

    def __init__(
        self, tools: Tools, run: Run, heart: Heart, sites: tuple[Site, Site], job: Job, *, hand: Hand
    ) -> None:
        self._hand = hand
        self._tools = tools
        self._run = run
        self._heart = heart
        self._sites = sites
        self._job = job
        self._options = Options.of(job.extra_opts)
        self._root = sites[0].spec.resolve(job.src_filepath)
        self._pages = 0
        self._begun = time.monotonic()

    def find(self, undertaking: Undertaking, src: Storage, dst: Storage | None) -> Done:
        """Find everything.

        :raises TransferFailed: when it cannot be done; what is written stays, and another try goes on there.
        """
        if self._job.type is JobType.MKDIR:
            return self._make(src)
        entry = start(src, self._root, self._job)
        if self._job.dry_run:
            return self._plan(undertaking, entry, src, dst)
        self._pages = self._count_pages()
        page = _Page()
        for visit in self._visits(src, entry):
            undertaking.checkpoint()
            self._add(page, visit)
            if page.is_full:
                self._write(page)
                page = _Page()
        self._write(page, ends=True)
        number = self._job.next_element - 1
        return Done(note="listed" if self._job.type is JobType.LIST else f"{number} elements")

    def _make(self, src: Storage) -> Done:
        if self._job.dry_run:
            plan = Plan(self._job)
            plan.add(JobType.MKDIR, b"", 0, "mkdir" if find(src, self._root) is None else "skip")
            self._write_plan(plan)
            return Done(note="planned")
        src.mkdir(self._root)
        self._write(_Page(), ends=True)
        return Done(note="the directory is there")

    def _visits(self, src: Storage, entry: Entry) -> Iterator[Visit]:
        """What follows from the source, in the order of the walk."""
        after = self._job.cursor
        kind = self._job.type
        if kind is JobType.RENAME or entry.kind is not Kind.DIRECTORY:
            if after is None:
                yield Visit(below=b"", entry=entry)
            return
        deep = kind is not JobType.LIST or self._options.depth < 0
        follow = self._options.follow and kind is not JobType.REMOVE
        if kind is JobType.REMOVE and after is None:
            yield Visit(below=b"", entry=entry)  # its stage comes last, and of it the first element
        is_empty = after is None
        for visit in walk(src, self._root, follow=follow, deep=deep, after=after or None):
            is_empty = False
            yield visit
        if is_empty and kind is JobType.COPY:
            yield Visit(below=b"", entry=entry, is_empty=True)

    def _add(self, page: _Page, visit: Visit) -> None:
        page.last = visit.below
        page.names += 1
        if self._job.type is JobType.LIST:
            page.rows += listing.rows(visit, self._root)
            return
        number = self._job.next_element + len(page.children)
        if self._job.type is JobType.RENAME:
            page.children.append(
                Element(
                    job_id=self._job.id,
                    id=number,
                    type=JobType.RENAME,
                    below=b"",
                    max_tries=self._job.max_tries,
                )
            )
        elif (element := child(self._job, visit, number)) is not None:
            page.children.append(element)

    def _write(self, page: _Page, *, ends: bool = False) -> None:
        content = None
        if self._job.type is JobType.LIST and (page.rows or (ends and self._pages == 0)):
            content = listing.encoded(page.rows)
        found = Found(children=page.children, content=content, page=self._pages, cursor=page.last, ends=ends)
        self._hand.hold()  # after those that wait for it
        with self._heart.lock, self._tools.writing(self._run.task) as uow:
            turns = uow.of(TurnRepo)
            job = turns.lock(self._job.id)
            if job is None:
                return
            self._job = turns.expand(job, found)
            if page.children or ends:
                hurries = not ends and time.monotonic() - self._begun < _ALONE
                most = _BESIDE if hurries else None
                spread(uow, self._tools.client, self._job, self._sites, most=most)
        self._pages += content is not None

    def _count_pages(self) -> int:
        if self._job.type is not JobType.LIST:
            return 0
        with self._heart.lock, self._tools.writing(self._run.task) as uow:
            return len(uow.of(JobRepo).findings(self._job.id))

    def _plan(self, undertaking: Undertaking, entry: Entry, src: Storage, dst: Storage | None) -> Done:
        plan = Plan(self._job)
        for visit in self._visits(src, entry):
            undertaking.checkpoint()
            target = None
            if (
                dst is not None
                and self._job.dst_filepath is not None
                and visit.entry.kind is Kind.FILE
                and not plan.is_full
            ):
                target = find(
                    dst, paths.join(self._sites[1].spec.resolve(self._job.dst_filepath), visit.below)
                )
            is_same = (
                dst is not None
                and target is not None
                and self._options.overwrite is Overwrite.IF_DIFFERENT
                and self._is_same(undertaking, (src, visit), (dst, target))
            )
            plan.visit(visit, target, self._options.overwrite, is_same=is_same)
        self._write_plan(plan)
        return Done(note="planned")

    def _is_same(
        self, undertaking: Undertaking, here: tuple[Storage, Visit], there: tuple[Storage, Entry]
    ) -> bool:
        """Whether a file is at its destination already, by size and checksum."""
        (src, visit), (dst, target) = here, there
        if target.kind is not Kind.FILE or target.size != visit.entry.size:
            return False
        goal = self._sites[1].spec.resolve(self._job.dst_filepath or "/")
        return pump(src.open_read(paths.join(self._root, visit.below)), None, undertaking) == pump(
            dst.open_read(paths.join(goal, visit.below)), None, undertaking
        )

    def _write_plan(self, plan: Plan) -> None:
        with self._heart.lock, self._tools.writing(self._run.task) as uow:
            turns = uow.of(TurnRepo)
            job = turns.lock(self._job.id)
            if job is None:
                return
            uow.of(JobRepo).clear_findings(job.id)
            found = Found(content=plan.encoded(), ends=True)
            self._job = turns.expand(job, found)
