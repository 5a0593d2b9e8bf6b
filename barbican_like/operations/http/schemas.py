"""What goes in and out of ``/operations/v1``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.openapi.values import COUNT, ID, TIME, closed, page_of, parameter
from barbican_like.http.schema import Boolean, Member, Object, OneOf, Schema, Shown, Where, named
from barbican_like.model.states import TaskStatus

PREFIX: Final = "/operations/v1"
METRICS_PREFIX: Final = "/metrics"
LONGEST_STEP: Final = 3600
"""Seconds of a point of rates at most."""
LATEST: Final = 10**12
"""The largest time that may be asked for, in seconds since 1970."""
OPEN_STATUSES: Final = tuple(
    status.value for status in TaskStatus if status not in {TaskStatus.DONE, TaskStatus.FAILED}
)
"""Those that a task's row may have."""

_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_TIME_OR_NULL: Final[Schema] = TIME | {"type": ["string", "null"]}
_SECONDS: Final[Schema] = {"type": "number", "minimum": 0, "description": "Seconds."}
_SECONDS_OR_NULL: Final[Schema] = _SECONDS | {"type": ["number", "null"]}
_STATUS: Final[Schema] = {"type": "string", "enum": list(OPEN_STATUSES)}
_AGE: Final[dict[str, Schema]] = {
    "oldest": _TIME_OR_NULL | {"description": "Since when the oldest of those that are unfinished waits."},
    "oldest_seconds": _SECONDS_OR_NULL | {"description": "Its age."},
}

_TASK: Final = named(
    "Task",
    closed(
        {
            "id": ID,
            "kind": _TEXT | {"description": "Such as process_type_order."},
            "entity_id": _TEXT | {"description": "What it is about."},
            "project_id": _TEXT | {"description": "For whom it is worked; empty: for nobody in particular."},
            "status": _STATUS,
            "due_at": _TIME_OR_NULL | {"description": "Of one that is SCHEDULED: ready from then on."},
            "attempts": COUNT | {"description": "Tries since the last progress."},
            "losses": COUNT | {"description": "Of those, tries whose worker was lost."},
            "failing_for": _SECONDS_OR_NULL | {"description": "Seconds since the first of its failures."},
            "last_error": _TEXT_OR_NULL | {"description": "The name of a class of errors."},
            "cancel_requested": {"type": "boolean"},
            "progress": _TEXT_OR_NULL | {"description": "What its worker last told of it."},
            "created_at": TIME,
        }
    ),
)
_TASK_COUNT: Final = named("TaskCount", closed({"kind": _TEXT, "status": _STATUS, "number": COUNT, **_AGE}))
_TASKS: Final = page_of("tasks", _TASK)
TASKS: Final = json_answer(
    "Open tasks, the oldest first, and how many there are of each kind in each status.",
    _TASKS
    | {
        "properties": _TASKS["properties"] | {"counts": {"type": "array", "items": _TASK_COUNT}},
        "required": [*_TASKS["required"], "counts"],
    },
)
TASK: Final = json_answer("The task, without its arguments.", _TASK)
DONE: Final = json_answer("It was done to these.", closed({"tasks": {"type": "array", "items": ID}}))
STATUS: Final = parameter("status", "Only tasks in this status.", _STATUS)
KIND: Final = parameter(
    "kind", "Only tasks of this kind.", {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"}
)

_PROCESS: Final = named(
    "Process",
    closed(
        {
            "name": _TEXT | {"description": "As `bin/barbican.sh status` has it, such as worker-1."},
            "state": _TEXT | {"description": "As the supervisor has it, such as RUNNING or FATAL."},
            "desired": {"type": "string", "enum": ["up", "down"]},
            "pid": {"type": ["integer", "null"]},
            "since": _TIME_OR_NULL,
            "age_seconds": _SECONDS_OR_NULL | {"description": "How long it is in this state."},
            "restarts": COUNT,
        }
    ),
)
_TALLY: Final = named(
    "Tally",
    closed(
        {
            "status": _TEXT_OR_NULL | {"description": "null where such things have none."},
            "number": COUNT,
            **_AGE,
        }
    ),
)
_TROUBLE: Final = named(
    "Trouble",
    closed(
        {
            "object": _TEXT | {"description": "What it is: tasks, services, orders, jobs ..."},
            "id": _TEXT,
            "project_id": _TEXT_OR_NULL,
            "reason": _TEXT,
            "since": TIME,
        }
    ),
)
_STATES: Final[Schema] = {
    "type": "string",
    "enum": ["running", "degraded", "unsupervised"],
    "description": "degraded: a process has failed; unsupervised: no supervisor tells of processes.",
}
OVERVIEW: Final = json_answer(
    "How the whole program is.",
    named(
        "Overview",
        closed(
            {
                "version": _TEXT,
                "started": _TIME_OR_NULL | {"description": "When the supervisor started; null: without one."},
                "uptime_seconds": _SECONDS_OR_NULL,
                "now": TIME,
                "state": _STATES,
                "processes": {"type": "array", "items": _PROCESS},
                "objects": {
                    "type": "object",
                    "description": "By sort, such as orders, secrets, containers, jobs: how many are in "
                    "which status. Numbers above 10000 may be ten seconds old.",
                    "additionalProperties": {"type": "array", "items": _TALLY},
                },
                "tasks": {"type": "array", "items": _TASK_COUNT},
                "last_change": {
                    "type": ["integer", "null"],
                    "description": "The number of the last change in the feed.",
                },
                "attention": {
                    "type": "array",
                    "items": _TROUBLE,
                    "description": "What has failed, the newest first; of each sort the newest twenty.",
                },
            }
        ),
    ),
)

_SUMMARY: Final[dict[str, Schema]] = {
    "number": COUNT,
    "per_second": _SECONDS | {"description": "How many a second."},
    "p50": _SECONDS_OR_NULL | {"description": "Seconds that half of them took at most."},
    "p90": _SECONDS_OR_NULL | {"description": "Seconds that nine of ten took at most."},
    "p99": _SECONDS_OR_NULL | {"description": "Seconds that 99 of 100 took at most."},
}
_INSTANT: Final[Schema] = {"type": "integer", "minimum": 0, "description": "Seconds since 1970."}
_POINT: Final = named("RatePoint", closed({"at": _INSTANT, **_SUMMARY}))
_POINTS: Final[dict[str, Schema]] = {
    **_SUMMARY,
    "points": {
        "type": "array",
        "items": _POINT,
        "description": "One for each step in which there was something; where there is none, the rate is 0.",
    },
}
_CLASS: Final[Schema] = {"type": "string", "enum": ["1xx", "2xx", "3xx", "4xx", "5xx"]}
_OF_CLASS: Final = named("ClassRates", closed({"class": _CLASS, **_POINTS}))
_OF_ROUTE: Final = named(
    "RouteRates",
    closed(
        {
            "method": _TEXT,
            "route": _TEXT | {"description": "A template such as /v1/secrets/{secret-id}; (none): no such."},
            "class": _CLASS,
            **_POINTS,
        }
    ),
)
_OF_TASKS: Final = named(
    "TaskRates",
    closed(
        {
            "kind": _TEXT,
            "outcome": {"type": "string", "enum": ["done", "again", "retried", "failed", "returned", "lost"]},
            **_POINTS,
        }
    ),
)
RATES: Final = json_answer(
    "What all serving and working processes have done, those that have ended by now too.",
    named(
        "Rates",
        closed(
            {
                "since": _INSTANT,
                "until": _INSTANT | {"description": "The step that this is in is not over yet."},
                "step": {"type": "integer", "description": "Seconds of a point."},
                "processes": COUNT | {"description": "Living ones that count."},
                "requests": {"type": "array", "items": _OF_CLASS},
                "routes": {"type": "array", "items": _OF_ROUTE},
                "tasks": {"type": "array", "items": _OF_TASKS},
            }
        ),
    ),
)
SINCE: Final = parameter(
    "since",
    "Only points from this time on, in seconds since 1970; at most an hour ago.",
    _INSTANT | {"maximum": LATEST},
)
STEP: Final = parameter(
    "step",
    "Seconds of a point: a multiple of ten.",
    {"type": "integer", "minimum": 10, "maximum": LONGEST_STEP, "multipleOf": 10, "default": 10},
)


METRICS_TEXT: Final = Answer(
    description="All figures in Prometheus' text format, or in OpenMetrics where Accept names that.",
    content={"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
)


@dataclass(frozen=True, slots=True)
class Verb:
    """What is to be done to a task."""

    action: str


def _verb(action: str) -> Verb:
    return Verb(action)


def _retry_all(*, action: str, whole: bool) -> Verb:
    if not whole:
        raise Where("Tasks action", "all").fault("only true is allowed: one task has actions of its own")
    return Verb(action)


ACTION: Final = Object(
    title="Task action",
    name="TaskAction",
    members=(Member("action", OneOf(("retry", "cancel"), "What to do."), required=True),),
    make=_verb,
    closed=True,
)
ACTION_ON_ALL: Final = Object(
    title="Tasks action",
    name="TasksAction",
    members=(
        Member("action", OneOf(("retry",), "What to do."), required=True),
        Member("all", Shown(Boolean("Every dead task."), {"const": True}), required=True, into="whole"),
    ),
    make=_retry_all,
    closed=True,
)
