"""Transfers for tests: an application with a transfer worker in this process, sites, and jobs that end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from barbican_like import bootstrap
from barbican_like.model.unit_of_work import Reading
from barbican_like.workqueue.kinds import LANE
from barbican_like.workqueue.models import Job
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.states import ElementStatus
from tests.faults.waiting import wait_for
from tests.support.application import LONGEST_WAIT, Instance, prepare, running
from tests.support.caller import Caller

PREFIX: Final = "/workqueue/api/v1.0"
_ENDED: Final = frozenset({"DONE", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Mover:
    """Somebody who moves files by an application, and what tests look at."""

    instance: Instance
    caller: Caller
    folder: Path  # that sites may lie in

    def call(self, method: str, path: str, **wanted: Any) -> Any:
        """One request below the room's prefix."""
        return self.caller.call(method, PREFIX + path, **wanted)

    def get(self, path: str) -> Any:
        """The JSON of a GET that succeeds."""
        answer = self.call("GET", path)
        assert answer.status_int == 200, answer
        return answer.json

    def post(self, path: str, body: object = None, **wanted: Any) -> Any:
        """The JSON of a POST that succeeds."""
        answer = self.call("POST", path, json={} if body is None else body, **wanted)
        assert answer.status_int in {200, 201}, answer
        return answer.json

    def site(self, name: str, url: str, protocol: str = "", **fields: Any) -> int:
        """Make a site."""
        endpoint = {"protocol": protocol or url.partition(":")[0], "url": url}
        return int(self.post("/sites", {"name": name, "endpoints": [endpoint], **fields})["id"])

    def folder_site(self, name: str, **fields: Any) -> tuple[int, Path]:
        """Make a site that is a folder of its own."""
        folder = self.folder / f"{self.caller.project_id}-{name}"
        folder.mkdir()
        return self.site(name, folder.as_uri(), **fields), folder

    def ended(self, job: dict[str, Any], seconds: float = LONGEST_WAIT) -> dict[str, Any]:
        """The job once it has ended."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.get(f"/jobs/{job['id']}")
            return found if found["status"] in _ENDED else None

        return wait_for(f"job {job['id']} has ended", look, seconds)

    def done(self, path: str, **body: Any) -> dict[str, Any]:
        """Make a job that ends DONE."""
        job = self.ended(self.post(path, body))
        assert job["status"] == "DONE", (job, self.get(f"/jobs/{job['id']}/elements"))
        self.check_counters(job["id"])
        return job

    def failed(self, path: str, **body: Any) -> dict[str, Any]:
        """Make a job that ends FAILED."""
        job = self.ended(self.post(path, body))
        assert job["status"] == "FAILED", job
        self.check_counters(job["id"])
        return job

    def job(self, job_id: int) -> Job:
        """The job's row."""
        with Reading(self.instance.runtime.database) as view:
            found = view.of(JobRepo).find(job_id)
        assert found is not None
        return found

    def check_counters(self, job_id: int) -> None:
        """The counters are what a recount says."""
        with Reading(self.instance.runtime.database) as view:
            job, counted = view.of(JobRepo).find(job_id), view.of(ElementRepo).count(job_id)
        assert job is not None
        assert {status: counted.get(status, 0) for status in ElementStatus} == job.counters.by_status()


@contextlib.contextmanager
def moving(
    folder: Path, settings: str = "", *, worker: bool = True, section: str = "", threads: int = 8
) -> Iterator[Instance]:
    """An application with a transfer worker in this process.

    :param section: further lines of ``[workqueue]``.
    """
    roots = folder / "sites"
    roots.mkdir()
    conf = prepare(folder, f"{settings}\n[workqueue]\nfile_roots = {roots}\n{section}\n")
    with running(conf, worker=False) as instance, contextlib.ExitStack() as stack:
        if worker:
            working = bootstrap.new_lane_worker(instance.runtime, {LANE: threads})
            working.start()
            stack.callback(working.stop)
        yield instance


def mover(instance: Instance, **headers: str) -> Mover:
    """Somebody of a fresh project."""
    folder = Path(instance.conf.workqueue.file_roots[0])
    return Mover(instance, instance.caller(X_Roles="member", X_User_Id="mover", **headers), folder)
