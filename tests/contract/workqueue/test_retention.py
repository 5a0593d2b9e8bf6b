"""What is kept no longer is removed whole, on each database."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.queue.outcome import Again
from barbican_like.queue.transport import NullWaker
from barbican_like.workqueue import service
from barbican_like.workqueue.models import Attempt, Auth, Endpoint, Job, SiteSpec
from barbican_like.workqueue.outputs import Outputs
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobFilter, JobRepo, Owner
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.retention import KeepJobs
from barbican_like.workqueue.service import NewJob
from barbican_like.workqueue.states import ElementStatus, JobProtocol, JobType
from barbican_like.workqueue.tables import jobs
from tests.support.fabric import Fabric

CLIENT = TaskClient(NullWaker())
RETENTION = 1000  # seconds
ENDPOINT = Endpoint(protocol=JobProtocol.DUMMY, url="dummy://a")


class Kept:
    """Jobs of one project, with logs."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.outputs = Outputs(folder, 10_000)
        self.owner = Owner(project_id=f"p-{uuid.uuid4()}", user_id=None)
        with UnitOfWork(database) as uow:
            spec = SiteSpec(name="s", endpoints=(ENDPOINT,), auth=Auth.NONE)
            self.site = uow.of(SiteRepo).add(self.owner.project_id, spec).id
            uow.commit()

    def job(self, *, age: float, ended: bool) -> int:
        """A job that was made, and perhaps ended, so many seconds ago."""
        new = NewJob(
            type=JobType.LIST,
            src_siteid=self.site,
            src_filepath="a",
            dst_siteid=None,
            dst_filepath=None,
            protocol=JobProtocol.DUMMY,
            extra_opts={},
            priority=5,
            max_tries=2,
            dry_run=False,
            not_before=None,
        )
        with UnitOfWork(self.database) as uow:
            job = service.submit(uow, CLIENT, self.owner, new, None)
            if ended:
                service.cancel(uow, CLIENT, job)
            uow.commit()
        then = clock.now() - timedelta(seconds=age)
        with UnitOfWork(self.database) as uow:
            changed = sa.update(jobs).where(jobs.c.id == job.id).values(created_at=then, updated_at=then)
            uow.of(JobRepo)._connection.execute(changed)
            uow.commit()
        attempt = Attempt(
            job_id=job.id,
            element_id=0,
            number=1,
            started_at=then,
            ended_at=then,
            host="h",
            status=ElementStatus.DONE,
            error=None,
        )
        self.outputs.write(job.log_uid, attempt, ["done"])
        return job.id

    def found(self, job_id: int) -> Job:
        """A job as it is."""
        with Reading(self.database) as view:
            return view.of(JobRepo).get(job_id, self.owner)

    def left(self) -> set[int]:
        """The jobs that are still there, each with its element and its log."""
        with Reading(self.database) as view:
            found = view.of(JobRepo).list(self.owner, JobFilter())
        for job in found:
            assert self.outputs.read(job.log_uid, 0, 1)
        return {job.id for job in found}


def retained(database: Database, outputs: Outputs, seconds: int) -> object:
    """What comes of a turn of the task."""
    fabric = Fabric(database)
    tools = SimpleNamespace(
        database=database, outputs=outputs, settings=SimpleNamespace(job_retention=seconds)
    )
    kind = rooms.kinds()["process_transfer_retention"]
    with UnitOfWork(database) as uow:
        fabric.client.ensure(uow, kind, kind.name)
        uow.commit()
    run = fabric.claims.take_one(kind, kind.name)
    assert run is not None
    outcome = KeepJobs(tools, fabric.claims).process_and_suppress_exceptions(run)  # type: ignore[arg-type]
    with UnitOfWork(database) as uow:
        uow.tasks.finish(run.task)
        uow.commit()
    return outcome


def test_a_job_that_ended_long_ago_goes_whole_and_all_others_stay(
    transfers: Database, tmp_path: Path
) -> None:
    """One that is unfinished stays however old it is."""
    kept = Kept(transfers, tmp_path)
    old = kept.job(age=RETENTION + 10, ended=True)
    stays = {kept.job(age=RETENTION + 10, ended=False), kept.job(age=RETENTION - 100, ended=True)}
    assert kept.left() == stays | {old}
    assert isinstance(retained(transfers, kept.outputs, RETENTION), Again)
    assert kept.left() == stays
    assert len(list(tmp_path.glob("*/*/0/attempt1.log"))) == 2
    with Reading(transfers) as view:
        assert view.of(ElementRepo).count(old) == {}


def test_for_ever_is_for_ever(transfers: Database, tmp_path: Path) -> None:
    kept = Kept(transfers, tmp_path)
    old = kept.job(age=10 * RETENTION, ended=True)
    retained(transfers, kept.outputs, 0)
    assert kept.left() == {old}
    with UnitOfWork(transfers) as uow:
        service.delete(uow, kept.outputs, kept.found(old))
        uow.commit()


def test_a_job_that_is_tried_again_meanwhile_stays(transfers: Database, tmp_path: Path) -> None:
    kept = Kept(transfers, tmp_path)
    seen = kept.found(kept.job(age=RETENTION + 10, ended=True))
    with UnitOfWork(transfers) as uow:
        service.retry(uow, CLIENT, seen)
        uow.commit()
    with UnitOfWork(transfers) as uow:
        assert not service.expire(uow, kept.outputs, seen, clock.now() - timedelta(seconds=RETENTION))
    assert kept.left() == {seen.id}
