"""Elements and their outputs over HTTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from barbican_like.common.errors import InvalidInput, NotFound, ServerError
from barbican_like.http.controller import Operation, Reply
from barbican_like.http.openapi.described import json_answer
from barbican_like.http.openapi.values import parameter
from barbican_like.http.request import Request
from barbican_like.workqueue.http import answers, values
from barbican_like.workqueue.http.jobs import OfJob
from barbican_like.workqueue.http.pages import linked
from barbican_like.workqueue.models import Attempt, Element, Job
from barbican_like.workqueue.repository.elements import ElementRepo
from barbican_like.workqueue.repository.jobs import JobRepo
from barbican_like.workqueue.states import ElementStatus, JobType
from barbican_like.workqueue.work import listing, planning

_STATUS: Final = parameter("status", "Only those of this status.", {"enum": list(ElementStatus)})
_ATTEMPTS: Final = parameter("attempts", "All attempts of each; else the last one.", {"enum": ["all"]})
_OUTPUT: Final = json_answer("The output.", answers.OUTPUT)
_NUMBER: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)


class OutputMissing(ServerError):
    """The log of an attempt is not on disk."""


class ElementsController(OfJob):
    """``/jobs/{job_id}/elements``."""

    @Operation(
        "TransferElement(s) retrieval",
        rule="transfer_job:get",
        id="list_transfer_elements",
        parameters=(values.LIMIT, values.MARKER, _STATUS),
        answers={
            200: json_answer(
                "One page; a Link header leads to the next, where there is one.",
                answers.many(answers.ELEMENT),
            )
        },
    )
    def on_get(self, req: Request, job: Job) -> Reply:
        """One page of the job's elements."""
        page = values.page(req.query)
        status = values.choice(req.query, "status", ElementStatus)
        repo = req.view.of(ElementRepo)
        found = repo.list(job.id, after=page.marker, limit=page.limit + 1, status=status)
        return linked(
            req,
            f"jobs/{job.id}/elements",
            page,
            found,
            key=lambda one: one.id,
            show=lambda one: answers.element(job, one, _listing(req, job, one)),
        )


class OfElement(OfJob):
    """A route below ``/jobs/{job_id}/elements/{element_id}``."""

    default_operation = "TransferElement retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The job and its element."""
        job, element_id, *rest = super().lookup(req, *path)
        element = req.view.of(ElementRepo).get(job.id, values.path_id(element_id, "Element"))
        return (job, element, *rest)


class ElementController(OfElement):
    """``/jobs/{job_id}/elements/{element_id}``."""

    @Operation(
        "TransferElement retrieval",
        rule="transfer_job:get",
        id="get_transfer_element",
        answers={200: json_answer("The element.", answers.ELEMENT)},
    )
    def on_get(self, req: Request, job: Job, element: Element) -> dict[str, Any]:
        """The element."""
        return answers.element(job, element, _listing(req, job, element))


class ElementStatusController(OfElement):
    """``/jobs/{job_id}/elements/{element_id}/status``."""

    @Operation(
        "TransferElement status retrieval",
        rule="transfer_job:get",
        id="get_transfer_element_status",
        answers={200: json_answer("How far it is.", answers.ELEMENT_STATE)},
    )
    def on_get(self, req: Request, job: Job, element: Element) -> dict[str, Any]:
        """How far it is."""
        return answers.element_state(element)


class JobOutputController(OfJob):
    """``/jobs/{job_id}/output``."""

    @Operation(
        "TransferOutput(s) retrieval",
        rule="transfer_job:get",
        id="list_transfer_outputs",
        parameters=(values.LIMIT, values.MARKER, _ATTEMPTS),
        answers={
            200: json_answer(
                "Outputs of a page of elements; a Link header leads to the next, where there is one.",
                answers.many(answers.OUTPUT),
            )
        },
        errors=(500,),
    )
    def on_get(self, req: Request, job: Job) -> Reply:
        """The last output of each element that has ended, or all of them."""
        page = values.page(req.query)
        every = req.query.get("attempts")
        if every not in {None, "all"}:
            raise InvalidInput("attempts is not 'all'")
        repo = req.view.of(ElementRepo)
        found = repo.outputs(job.id, after=page.marker, limit=page.limit + 1, every=every is not None)
        return linked(
            req,
            f"jobs/{job.id}/output",
            page,
            found,
            key=lambda one: one[0].element_id,
            show=lambda one: shown_output(self, req, job, *one),
        )


class ElementOutputController(OfElement):
    """``/jobs/{job_id}/elements/{element_id}/output``."""

    @Operation(
        "TransferOutput retrieval",
        rule="transfer_job:get",
        id="get_transfer_output",
        answers={200: _OUTPUT},
        errors=(500,),
    )
    def on_get(self, req: Request, job: Job, element: Element) -> dict[str, Any]:
        """The output of the last attempt."""
        return shown_output(self, req, job, _attempts(req, element)[-1], element.type)


class AttemptOutputController(OfElement):
    """``/jobs/{job_id}/elements/{element_id}/output/{attempt}``."""

    @Operation(
        "TransferOutput retrieval",
        rule="transfer_job:get",
        id="get_transfer_attempt_output",
        answers={200: _OUTPUT},
        errors=(500,),
    )
    def on_get(self, req: Request, job: Job, element: Element, number: str) -> dict[str, Any]:
        """The output of an attempt; a negative one counts from the last."""
        wanted = int(number) if _NUMBER.fullmatch(number) else 0
        known = {attempt.number: attempt for attempt in _attempts(req, element)}
        found = known.get(wanted if wanted > 0 else max(known) + 1 + wanted) if wanted else None
        if found is None:
            raise InvalidInput(f"attempt is none of this element's: there are 1 to {max(known)}")
        return shown_output(self, req, job, found, element.type)


def _attempts(req: Request, element: Element) -> Sequence[Attempt]:
    found = req.view.of(ElementRepo).attempts(element.job_id, element.id)
    if not found:
        raise InvalidInput("The output is not ready yet: no attempt has ended")
    return found


def shown_output(
    controller: OfJob, req: Request, job: Job, attempt: Attempt, kind: JobType
) -> dict[str, Any]:
    """An output with its log.

    :raises OutputMissing: when that is not on disk.
    """
    try:
        log = controller.services.outputs.read(job.log_uid, attempt.element_id, attempt.number)
    except OSError as error:
        if req.view.of(JobRepo).find(job.id) is None:
            raise NotFound("Not Found. Job not found.") from error
        raise OutputMissing(
            f"job {job.id}, element {attempt.element_id}, attempt {attempt.number}"
        ) from error
    return answers.output(attempt, kind, log, _found(req, job, attempt))


def _found(req: Request, job: Job, attempt: Attempt) -> dict[str, Any]:
    """What element 0 has found, where its attempt is done."""
    if attempt.element_id or attempt.status is not ElementStatus.DONE:
        return {}
    if job.dry_run:
        pages = req.view.of(JobRepo).findings(job.id)
        return {"plan": planning.decoded(pages[0])} if pages else {}
    if job.type is not JobType.LIST:
        return {}
    return {"listing": listing.shown(job.src_filepath, req.view.of(JobRepo).findings(job.id))}


def _listing(req: Request, job: Job, element: Element) -> dict[str, Any] | None:
    """The listing of element 0 of a LIST that is done."""
    wanted = element.id == 0 and job.type is JobType.LIST and not job.dry_run
    if not wanted or element.status is not ElementStatus.DONE:
        return None
    return listing.shown(job.src_filepath, req.view.of(JobRepo).findings(job.id))
