"""What answers look like: jobs, elements, outputs, sites as JSON, and their schemas."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.http.openapi.values import closed
from barbican_like.http.schema import Schema, named
from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorClass, ErrorCode
from barbican_like.workqueue.http.values import INTEGER_ID, TIME, nullable
from barbican_like.workqueue.models import Attempt, Element, Job
from barbican_like.workqueue.snapshots import of_fault, shown_time
from barbican_like.workqueue.states import ElementStatus, JobProtocol, JobStatus, JobType

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
_TYPE: Final[Schema] = {"enum": list(JobType)}
_STATUS: Final[Schema] = {"enum": list(JobStatus)}
_ERROR: Final[dict[str, Schema]] = {
    "class": {"enum": list(ErrorClass)},
    "code": {"enum": list(ErrorCode)},
    "reason": _TEXT,
}
_COUNTERS: Final = tuple(f"num_{status.lower()}" for status in ElementStatus)
_LISTED: Final[Schema] = closed(
    {
        "name": _TEXT,
        "st_mode": {"type": "integer"},
        "st_size": _COUNT,
        "st_mtime": {"type": "integer"},
    }
)
_LISTING: Final[Schema] = {
    "type": "object",
    "description": "By directory, as it was asked for and below.",
    "additionalProperties": {"type": "array", "items": _LISTED},
}
_PLANNED: Final[Schema] = closed(
    {
        "type": _TYPE,
        "src_filepath": _TEXT,
        "dst_filepath": nullable(_TEXT),
        "size": _COUNT,
        "action": {"enum": ["copy", "overwrite", "skip", "mkdir", "remove", "rename"]},
    }
)
_PLAN: Final = named(
    "TransferPlan",
    closed(
        {
            "files": _COUNT,
            "directories": _COUNT,
            "bytes": _COUNT,
            "truncated": {"type": "boolean"},
            "elements": {"type": "array", "items": _PLANNED},
        }
    ),
)
JOB: Final = named(
    "TransferJob",
    closed(
        {
            "id": INTEGER_ID,
            "user_id": nullable(_TEXT),
            "project_id": _TEXT,
            "src_siteid": INTEGER_ID,
            "dst_siteid": nullable(INTEGER_ID),
            "src_filepath": _TEXT,
            "dst_filepath": nullable(_TEXT),
            "type": _TYPE,
            "status": _STATUS,
            "extra_opts": {"type": "object"},
            "priority": {"type": "integer", "minimum": 0, "maximum": 9},
            "protocol": {"enum": list(JobProtocol)},
            "log_uid": {"type": "string", "format": "uuid"},
            "max_tries": {"type": "integer", "minimum": 1},
            "dry_run": {"type": "boolean"},
            "created": TIME,
            "timestamp": TIME,
            "num_elements": _COUNT,
            **dict.fromkeys(_COUNTERS, _COUNT),
            "bytes_total": _COUNT,
            "bytes_done": _COUNT,
            "error": nullable(closed({"elementid": INTEGER_ID, **_ERROR})),
        }
    ),
)
ELEMENT: Final = named(
    "TransferElement",
    closed(
        {
            "id": INTEGER_ID,
            "job_id": INTEGER_ID,
            "src_filepath": _TEXT,
            "dst_filepath": nullable(_TEXT),
            "size": nullable(_COUNT),
            "max_tries": {"type": "integer", "minimum": 1},
            "attempts": _COUNT,
            "type": _TYPE,
            "status": _STATUS,
            "timestamp": nullable(TIME),
            "listing": nullable(_LISTING),
            "transferred": _COUNT,
            "elapsed": _NUMBER,
            "instant": _NUMBER,
            "average": _NUMBER,
            "checksum": nullable({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
            "error": nullable(closed(_ERROR)),
        }
    ),
)
JOB_STATE: Final = named("TransferJobStatus", closed({"jobid": INTEGER_ID, "status": _STATUS}))
ELEMENT_STATE: Final = named(
    "TransferElementStatus",
    closed(
        {
            "jobid": INTEGER_ID,
            "elementid": INTEGER_ID,
            "status": _STATUS,
            "attempts": _COUNT,
            "transferred": _COUNT,
            "instant": _NUMBER,
            "average": _NUMBER,
            "elapsed": _NUMBER,
        }
    ),
)
OUTPUT: Final = named(
    "TransferOutput",
    closed(
        {
            "jobid": INTEGER_ID,
            "elementid": INTEGER_ID,
            "attempt": {"type": "integer", "minimum": 1},
            "type": _TYPE,
            "status": {"enum": ["DONE", "FAILED", "CANCELLED"]},
            "log": _TEXT,
            "listing": _LISTING,
            "plan": _PLAN,
        },
        "listing",
        "plan",
    ),
)


def many(schema: Schema) -> Schema:
    """A page of them."""
    return {"type": "array", "items": schema}


def element(owner: Job, found: Element, listing: dict[str, Any] | None) -> dict[str, Any]:
    """An element."""
    target = owner.dst_filepath
    return {
        "id": found.id,
        "job_id": found.job_id,
        "src_filepath": paths.shown(owner.src_filepath, found.below),
        "dst_filepath": None if target is None else paths.shown(target, found.below),
        "size": found.size,
        "max_tries": found.max_tries,
        "attempts": found.attempts,
        "type": found.type,
        "status": found.status,
        "timestamp": shown_time(found.updated_at),
        "listing": listing,
        "transferred": found.transferred,
        "elapsed": round(found.elapsed, 3),
        "instant": round(found.instant, 1),
        "average": round(found.average, 1),
        "checksum": found.checksum,
        "error": None if found.error is None else of_fault(found.error),
    }


def element_state(found: Element) -> dict[str, Any]:
    """How far an element is."""
    return {
        "jobid": found.job_id,
        "elementid": found.id,
        "status": found.status,
        "attempts": found.attempts,
        "transferred": found.transferred,
        "instant": round(found.instant, 1),
        "average": round(found.average, 1),
        "elapsed": round(found.elapsed, 3),
    }


def output(attempt: Attempt, kind: JobType, log: str, more: dict[str, Any]) -> dict[str, Any]:
    """The output of an attempt.

    :param more: what element 0 has found.
    """
    return {
        "jobid": attempt.job_id,
        "elementid": attempt.element_id,
        "attempt": attempt.number,
        "type": kind,
        "status": attempt.status,
        "log": log,
        **more,
    }
