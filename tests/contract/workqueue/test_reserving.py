"""An element is one slot's at a time, however many ask for it at once, on each database."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient
from barbican_like.queue.transport import NullWaker
from barbican_like.workqueue import service
from barbican_like.workqueue.models import Attempt, Auth, Element, Endpoint, SiteSpec, Slot
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import Owner
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.repository.turns import Appetite, Found, Result, TurnRepo
from barbican_like.workqueue.service import NewJob
from barbican_like.workqueue.states import ElementStatus, JobProtocol, JobType
from barbican_like.workqueue.work import recovery
from barbican_like.workqueue.work.recovery import given_back, recover

CHILDREN = 60
SLOTS = 4


def expanded_job(database: Database, kind: JobType = JobType.COPY, stage: int = 0) -> int:
    """A job whose children wait, and whose element 0 is done."""
    owner = Owner(project_id=f"p-{uuid.uuid4()}", user_id=None)
    endpoint = Endpoint(protocol=JobProtocol.DUMMY, url="dummy://a")
    with UnitOfWork(database) as uow:
        spec = SiteSpec(name="s", endpoints=(endpoint,), auth=Auth.NONE)
        site = uow.of(SiteRepo).add(owner.project_id, spec).id
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
        job = service.submit(uow, TaskClient(NullWaker()), owner, new, None)
        turns = uow.of(TurnRepo)
        job, first = turns.reserve(job, "first", Appetite())
        children = [
            Element(job_id=job.id, id=number, type=kind, below=b"%d" % number, stage=stage)
            for number in range(1, CHILDREN + 1)
        ]
        job = turns.expand(job, Found(children=children, cursor=b"x", ends=True))
        turns.settle(job, "first", [done(element) for element in first])
        uow.commit()
        return job.id


def done(element: Element) -> Result:
    now = clock.now()
    attempt = Attempt(
        job_id=element.job_id,
        element_id=element.id,
        number=1,
        started_at=now,
        ended_at=now,
        host="h",
        status=ElementStatus.DONE,
        error=None,
    )
    return Result(element=element, status=ElementStatus.DONE, attempts=1, attempt=attempt)


def reserve_all(database: Database, job_id: int, slot: str) -> list[Element]:
    """Whatever a slot gets, a few at a time."""
    taken: list[Element] = []
    while True:
        with UnitOfWork(database) as uow:
            turns = uow.of(TurnRepo)
            job = turns.lock(job_id)
            assert job is not None
            _, found = turns.reserve(job, slot, Appetite(files=7))
            uow.commit()
        if not found:
            return taken
        taken += found


def test_no_element_is_reserved_twice(transfers: Database) -> None:
    job_id = expanded_job(transfers)
    slots = [f"slot-{number}" for number in range(SLOTS)]
    with ThreadPoolExecutor(SLOTS) as pool:
        taken = list(pool.map(lambda slot: reserve_all(transfers, job_id, slot), slots))
    every = [element.id for part in taken for element in part]
    assert sorted(every) == list(range(1, CHILDREN + 1))


def test_simultaneous_results_leave_the_job_done(transfers: Database) -> None:
    """Each slot writes its own from a job that it has read before the others' commits."""
    job_id = expanded_job(transfers)
    slots = [f"slot-{number}" for number in range(SLOTS)]

    def settle_all(slot: str) -> None:
        for element in reserve_all(transfers, job_id, slot):
            with UnitOfWork(transfers) as uow:
                job = uow.of(TurnRepo).lock(job_id)
                assert job is not None
                uow.of(TurnRepo).settle(job, slot, [done(element)])
                uow.commit()

    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(settle_all, slots))
    with UnitOfWork(transfers) as uow:
        job = uow.of(TurnRepo).lock(job_id)
        counted = uow.of(ElementRepo).count(job_id)
    assert job is not None
    assert (job.status, job.counters.done) == ("DONE", CHILDREN + 1)
    assert counted == {ElementStatus.DONE: CHILDREN + 1}


def test_what_is_anothers_by_now_is_not_written(transfers: Database) -> None:
    """No late result over that of whoever has the element."""
    job_id = expanded_job(transfers)
    with UnitOfWork(transfers) as uow:
        turns = uow.of(TurnRepo)
        job = turns.lock(job_id)
        assert job is not None
        job, (mine,) = turns.reserve(job, "mine", Appetite(files=1))
        job = turns.settle(job, "mine", [done(mine)])
        late = Result(element=mine, status=ElementStatus.FAILED, attempts=9)
        turns.settle(job, "mine", [late])
        assert uow.of(ElementRepo).get(job_id, mine.id).status is ElementStatus.DONE


@contextlib.contextmanager
def writing(database: Database) -> Iterator[UnitOfWork]:
    with UnitOfWork(database) as uow:
        yield uow
        uow.commit()


def test_what_a_slot_left_without_a_loss_may_have_been_done(transfers: Database) -> None:
    """No try is used up; but the next one looks whether the last one had an end that nobody saw."""
    job_id = expanded_job(transfers)
    slot = Slot(src_siteid=job_id, dst_siteid=job_id, n=0)
    with writing(transfers) as uow:
        job = uow.of(TurnRepo).lock(job_id)
        assert job is not None
        uow.of(TurnRepo).reserve(job, slot.id, Appetite(files=2))
    tools: Any = SimpleNamespace(database=transfers, writing=lambda _task: writing(transfers))
    run: Any = SimpleNamespace(task=SimpleNamespace(losses=0))
    nobody: Any = SimpleNamespace()
    recover(tools, run, slot, (nobody, nobody))
    with UnitOfWork(transfers) as uow:
        left = [uow.of(ElementRepo).get(job_id, number) for number in (1, 2, 3)]
    assert [(one.status, one.attempts, one.suspect) for one in left] == [
        (ElementStatus.NEW, 0, True),
        (ElementStatus.NEW, 0, True),
        (ElementStatus.NEW, 0, False),
    ]


def test_a_directory_that_waits_for_another_try_holds_up_those_that_it_lies_in(transfers: Database) -> None:
    """Else they would be found not empty, which is for good."""
    job_id = expanded_job(transfers, JobType.REMOVE, stage=1)
    with writing(transfers) as uow:
        turns = uow.of(TurnRepo)
        job = turns.lock(job_id)
        assert job is not None
        job, taken = turns.reserve(job, "mine", Appetite(files=2))
        assert [one.id for one in taken] == [CHILDREN, CHILDREN - 1]
        later = Result(element=taken[0], status=ElementStatus.SUBMITTED, attempts=1, delay=60.0)
        job = turns.settle(job, "mine", [later, given_back(taken[1])])
        assert turns.reserve(job, "mine", Appetite())[1] == []


def test_what_is_given_up_with_its_workers_leaves_no_parts(
    transfers: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else would take them away."""
    job_id = expanded_job(transfers)
    slot = Slot(src_siteid=job_id, dst_siteid=job_id, n=0)
    with writing(transfers) as uow:
        turns = uow.of(TurnRepo)
        job = turns.lock(job_id)
        assert job is not None
        job, (first,) = turns.reserve(job, slot.id, Appetite(files=1))
        turns.settle(job, slot.id, [replace(given_back(first), suspect=True, attempts=1)])
        job = turns.lock(job_id)
        assert job is not None
        turns.reserve(job, slot.id, Appetite(files=1))
    swept: list[Element] = []
    monkeypatch.setattr(recovery, "sweep", lambda _tools, _sites, _errand, element: swept.append(element))
    outputs: Any = SimpleNamespace(write=lambda *_more: None)
    tools: Any = SimpleNamespace(
        database=transfers, writing=lambda _task: writing(transfers), outputs=outputs, host="h"
    )
    run: Any = SimpleNamespace(task=SimpleNamespace(losses=1))
    site: Any = SimpleNamespace(spec=SimpleNamespace(resolve=str.encode, bandwidth=None))
    recover(tools, run, slot, (site, site))
    with UnitOfWork(transfers) as uow:
        assert uow.of(ElementRepo).get(job_id, 1).status is ElementStatus.FAILED
    assert [one.id for one in swept] == [1]
