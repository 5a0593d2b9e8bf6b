"""Jobs over HTTP: listed, made, looked at, cancelled, tried again, removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from barbican_like.common.errors import InvalidInput
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.openapi.values import parameter
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema
from barbican_like.room import require_below
from barbican_like.workqueue import service, snapshots
from barbican_like.workqueue.http import answers, new_jobs, values
from barbican_like.workqueue.http.job_bodies import ANY_JOB, BODIES, JobBody
from barbican_like.workqueue.http.pages import linked
from barbican_like.workqueue.http.services import Services
from barbican_like.workqueue.models import Job
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobFilter, JobRepo, Owner
from barbican_like.workqueue.service import Key
from barbican_like.workqueue.states import JobStatus, JobType

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEY_PARAMETER: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same request with the same key makes no second job within 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_STATUS: Final = parameter("status", "Only those of this status.", {"enum": list(JobStatus)})
_TYPE: Final = parameter("type", "Only those of this type.", {"enum": list(JobType)})
_SORT: Final = parameter("sort", "The oldest first; else the newest.", {"enum": ["id"]})
_JOB: Final = json_answer("The job.", answers.JOB)
EXAMPLE: Final = {"src_siteid": 1, "src_filepath": "somefile"}
_EXAMPLES: Final = {
    JobType.LIST: EXAMPLE,
    JobType.COPY: EXAMPLE | {"dst_siteid": 1, "dst_filepath": "someotherfile"},
    JobType.REMOVE: EXAMPLE,
    JobType.RENAME: EXAMPLE | {"dst_filepath": "someotherfile"},
    JobType.MKDIR: {"src_siteid": 1, "src_filepath": "~/somedir"},
}


def owner_of(req: Request) -> Owner:
    """Whose jobs a request is about."""
    return Owner(project_id=req.caller.project_id, user_id=req.caller.user_id)


def shown(req: Request, job: Job) -> dict[str, Any]:
    """A job as it now is."""
    failed = req.view.of(ElementRepo).first_failed([job.id]) if job.counters.failed else {}
    return snapshots.of_job(job, failed.get(job.id))


class JobsController(Controller[Services]):
    """``/jobs``."""

    @Operation(
        "TransferJob(s) retrieval",
        rule="transfer_jobs:get",
        id="list_transfer_jobs",
        parameters=(values.LIMIT, values.MARKER, _STATUS, _TYPE, _SORT),
        answers={
            200: json_answer(
                "One page; a Link header leads to the next, where there is one.", answers.many(answers.JOB)
            )
        },
    )
    def on_get(self, req: Request) -> Reply:
        """One page of the caller's jobs."""
        page = values.page(req.query)
        if req.query.get("sort", "id") != "id":
            raise InvalidInput("sort is not 'id'")
        wanted = JobFilter(
            status=values.choice(req.query, "status", JobStatus),
            type=values.choice(req.query, "type", JobType),
            marker=page.marker,
            oldest_first="sort" in req.query,
            limit=page.limit + 1,
        )
        found = req.view.of(JobRepo).list(owner_of(req), wanted)
        failed = req.view.of(ElementRepo).first_failed([job.id for job in found if job.counters.failed])
        return linked(
            req,
            "jobs",
            page,
            found,
            key=lambda job: job.id,
            show=lambda job: snapshots.of_job(job, failed.get(job.id)),
        )

    @Operation(
        "TransferJob creation",
        rule="transfer_jobs:post",
        body=ANY_JOB,
        id="create_transfer_job",
        parameters=(_KEY_PARAMETER,),
        examples={"list": EXAMPLE | {"type": "0"}},
        answers={200: _JOB},
        errors=(409,),
    )
    def on_post(self, req: Request, body: JobBody) -> dict[str, Any]:
        """Make a job of any type."""
        assert body.type is not None  # noqa: S101  its schema needs it
        return make(req, self.services, body, body.type)


class _VerbController(Controller[Services]):
    """A path that says a job's type."""

    kind: ClassVar[JobType]

    def make(self, req: Request, body: JobBody) -> dict[str, Any]:
        """Make a job of the path's type."""
        return make(req, self.services, body, self.kind)


def verb(job_type: JobType) -> type[Controller[Services]]:
    """The controller of ``/list``, ``/copy`` and so on."""

    class VerbController(_VerbController):
        kind = job_type

        @Operation(
            "TransferJob creation",
            rule="transfer_jobs:post",
            body=BODIES[job_type],
            id=f"create_{job_type.lower()}_job",
            parameters=(_KEY_PARAMETER,),
            examples={job_type.lower(): _EXAMPLES[job_type]},
            answers={200: _JOB},
            errors=(409,),
        )
        def on_post(self, req: Request, body: JobBody) -> dict[str, Any]:
            """Make it."""
            return self.make(req, body)

    return VerbController


def make(req: Request, services: Services, body: JobBody, kind: JobType) -> dict[str, Any]:
    """Make a job, or find the one that the same request has made before."""
    owner, key = owner_of(req), _key(req)
    if key is not None and (known := service.find_by_key(req.uow, owner, key)) is not None:
        return shown(req, known)
    new = new_jobs.checked(req, body, kind)
    jobs = req.uow.of(JobRepo)
    req.uow.projects.find_or_create(owner.project_id)
    require_below(req.uow, owner.project_id, services.most_jobs, lambda: jobs.count_open(owner.project_id))
    return snapshots.of_job(service.submit(req.uow, services.client, owner, new, key), None)


def _key(req: Request) -> Key | None:
    name = req.environ.get("HTTP_IDEMPOTENCY_KEY")
    if name is None:
        return None
    if not _KEY.fullmatch(name):
        raise InvalidInput("Idempotency-Key has not 1 to 255 visible ASCII characters")
    return Key.of(name, req.environ["PATH_INFO"].strip("/"), req.body_json)


class OfJob(Controller[Services]):
    """A route below ``/jobs/{job_id}``; what follows in the path is handed on."""

    default_operation = "TransferJob retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The caller's job; another's is not found."""
        job_id, *rest = path
        return (req.view.of(JobRepo).get(values.path_id(job_id, "Job"), owner_of(req)), *rest)


class JobController(OfJob):
    """``/jobs/{job_id}``."""

    @Operation("TransferJob retrieval", rule="transfer_job:get", id="get_transfer_job", answers={200: _JOB})
    def on_get(self, req: Request, job: Job) -> dict[str, Any]:
        """The job."""
        return shown(req, job)

    @Operation(
        "TransferJob deletion",
        rule="transfer_job:delete",
        id="delete_transfer_job",
        answers={204: NOTHING},
        errors=(409,),
    )
    def on_delete(self, req: Request, job: Job) -> None:
        """Remove one that has ended, with its elements and outputs."""
        service.delete(req.uow, self.services.outputs, job)


class JobStatusController(OfJob):
    """``/jobs/{job_id}/status``."""

    @Operation(
        "TransferJob status retrieval",
        rule="transfer_job:get",
        id="get_transfer_job_status",
        answers={200: json_answer("Its status.", answers.JOB_STATE)},
    )
    def on_get(self, req: Request, job: Job) -> dict[str, Any]:
        """Its status."""
        return {"jobid": job.id, "status": job.status}


class JobCancelController(OfJob):
    """``/jobs/{job_id}/cancel``."""

    @Operation(
        "TransferJob cancellation",
        rule="transfer_job:cancel",
        id="cancel_transfer_job",
        answers={200: json_answer("The job; unchanged where it has ended.", answers.JOB)},
    )
    def on_post(self, req: Request, job: Job) -> dict[str, Any]:
        """End it."""
        return shown(req, service.cancel(req.uow, self.services.client, job))


class JobRetryController(OfJob):
    """``/jobs/{job_id}/retry``."""

    @Operation(
        "TransferJob retry",
        rule="transfer_job:retry",
        id="retry_transfer_job",
        answers={200: _JOB},
        errors=(409,),
    )
    def on_post(self, req: Request, job: Job) -> dict[str, Any]:
        """Let what has failed or was cancelled begin anew."""
        return snapshots.of_job(service.retry(req.uow, self.services.client, job), None)
