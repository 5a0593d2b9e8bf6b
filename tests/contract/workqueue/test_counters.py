"""Whatever happens to a job, its counters are what a recount of its elements says, on each database."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from barbican_like.common import clock
from barbican_like.common.errors import Conflict
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.queue.transport import NullWaker
from barbican_like.workqueue import service
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, Fault
from barbican_like.workqueue.models import Attempt, Auth, Element, Endpoint, Job, SiteSpec, Slot
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobRepo, Owner
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.repository.slots import SlotRepo
from barbican_like.workqueue.repository.turns import Appetite, Found, Progress, Result, TurnRepo
from barbican_like.workqueue.service import NewJob
from barbican_like.workqueue.states import ElementStatus, JobProtocol, JobType, job_status
from barbican_like.workqueue.tables import elements, jobs

CLIENT = TaskClient(NullWaker())
FAULT = Fault(ErrorClass.TRANSIENT, ErrorCode.DUMMY, "made up")
ENDS = (ElementStatus.DONE, ElementStatus.FAILED, ElementStatus.SUBMITTED, ElementStatus.NEW)


class Trial:
    """A job, and slots that do to it whatever slots do."""

    def __init__(self, database: Database, kind: JobType, chance: random.Random) -> None:
        self.database = database
        self.chance = chance
        self.owner = Owner(project_id=f"p-{uuid.uuid4()}", user_id=None)
        spec = SiteSpec(
            name="s", endpoints=(Endpoint(protocol=JobProtocol.DUMMY, url="dummy://a"),), auth=Auth.NONE
        )
        with UnitOfWork(database) as uow:
            site = uow.of(SiteRepo).add(self.owner.project_id, spec).id
            new = NewJob(
                type=kind,
                src_siteid=site,
                src_filepath="a",
                dst_siteid=site,
                dst_filepath="b",
                protocol=JobProtocol.DUMMY,
                extra_opts={},
                priority=5,
                max_tries=2,
                dry_run=False,
                not_before=None,
            )
            self.job_id = service.submit(uow, CLIENT, self.owner, new, None).id
            uow.commit()
        self.slots = [Slot(src_siteid=site, dst_siteid=site, n=n) for n in range(3)]
        self.held: dict[str, list[Element]] = {slot.id: [] for slot in self.slots}

    def step(self) -> None:
        """Something that happens."""
        self.chance.choice(
            [self.reserve, self.reserve, self.settle, self.settle, self.expand, self.beat, self.user]
        )()

    def reserve(self) -> None:
        slot = self.chance.choice(self.slots)
        if self.held[slot.id]:
            return
        with UnitOfWork(self.database) as uow:
            if uow.of(SlotRepo).choose(slot) is None:
                return
            turns = uow.of(TurnRepo)
            job = self.locked(turns)
            if job.cancel_requested:
                turns.cancel(job, uow.of(ElementRepo).cancel_waiting(job.id, 2))
            else:
                self.held[slot.id] = turns.reserve(job, slot.id, Appetite(files=4))[1]
            uow.commit()

    def settle(self) -> None:
        slot = self.chance.choice(self.slots)
        held, self.held[slot.id] = self.held[slot.id], []
        with UnitOfWork(self.database) as uow:
            turns = uow.of(TurnRepo)
            job = self.locked(turns)
            ends = (*ENDS, ElementStatus.CANCELLED) if job.cancel_requested else ENDS
            results = [self.result(element, self.chance.choice(ends)) for element in held]
            if any(one.element.id == 0 and one.status is ElementStatus.DONE for one in results):
                job = turns.expand(job, Found(ends=True))
            turns.settle(job, slot.id, results, 0.1)
            uow.commit()

    def expand(self) -> None:
        """Element 0 finds some more, where a slot has it."""
        if not any(element.id == 0 for held in self.held.values() for element in held):
            return
        with UnitOfWork(self.database) as uow:
            turns = uow.of(TurnRepo)
            job = self.locked(turns)
            children = [
                Element(
                    job_id=job.id,
                    id=job.next_element + n,
                    type=job.type,
                    below=b"x%d" % n,
                    size=n,
                    stage=int(job.type is JobType.REMOVE and self.chance.random() < 0.3),
                )
                for n in range(self.chance.randint(0, 6))
            ]
            turns.expand(job, Found(children=children, cursor=b"x"))
            uow.commit()

    def beat(self) -> None:
        for slot in self.slots:
            held = self.held[slot.id]
            if not held or held[0].status is ElementStatus.RUNNING:
                continue
            with UnitOfWork(self.database) as uow:
                turns = uow.of(TurnRepo)
                turns.begin(self.locked(turns), slot.id, held[0].id)
                turns.beat(
                    slot.id,
                    Progress(
                        element=held[0],
                        attempts=held[0].attempts + 1,
                        transferred=1,
                        elapsed=1.0,
                        instant=1.0,
                    ),
                )
                uow.commit()
            if self.chance.random() < 0.5:  # else the answer to the commit is lost
                held[0] = replace(held[0], status=ElementStatus.RUNNING, attempts=held[0].attempts + 1)

    def user(self) -> None:
        with UnitOfWork(self.database) as uow:
            job = uow.of(JobRepo).get(self.job_id, self.owner)
            if self.chance.random() < 0.3:
                service.cancel(uow, CLIENT, job)
            else:
                try:
                    service.retry(uow, CLIENT, job)
                except Conflict:
                    return
            uow.commit()

    def result(self, element: Element, status: ElementStatus) -> Result:
        attempts = element.attempts + (element.status is not ElementStatus.RUNNING)
        now = clock.now()
        attempt = Attempt(
            job_id=element.job_id,
            element_id=element.id,
            number=attempts,
            started_at=now,
            ended_at=now,
            host="h",
            status=ElementStatus.FAILED if status is ElementStatus.SUBMITTED else status,
            error=FAULT,
        )
        if status is ElementStatus.NEW:
            return Result(element=element, status=status, attempts=attempts - 1, suspect=True)
        return Result(element=element, status=status, attempts=attempts, attempt=attempt, fault=FAULT)

    def locked(self, turns: TurnRepo) -> Job:
        job = turns.lock(self.job_id)
        assert job is not None
        return job

    def check(self) -> None:
        """Counters, what waits, and the status are what the rows say."""
        with Reading(self.database) as view:
            job = view.of(JobRepo).find(self.job_id)
            counted = view.of(ElementRepo).count(self.job_id)
            waits = sa.select(sa.func.count()).where(elements.c.job_id == self.job_id, elements.c.waits)
            waiting = view.connection.execute(waits).scalar_one()
            kept = view.connection.execute(
                sa.select(jobs.c.waiting).where(jobs.c.id == self.job_id)
            ).scalar_one()
        assert job is not None
        assert job.counters.by_status() == {status: counted.get(status, 0) for status in ElementStatus}
        assert kept == waiting
        assert job.status is job_status(counted, cancelled=job.cancel_requested, expanded=job.expanded)


@pytest.mark.parametrize("kind", [JobType.COPY, JobType.REMOVE])
@pytest.mark.parametrize("seed", range(2))
def test_counters_are_a_recount_whatever_happens(transfers: Database, kind: JobType, seed: int) -> None:
    trial = Trial(transfers, kind, random.Random(seed))
    for _ in range(40):
        trial.step()
        trial.check()
