"""What goes in and out of ``/contexts/v1``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from barbican_like.contexts.monitor.metrics import CONTENT_TYPE
from barbican_like.contexts.states import ServiceState, Wish
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.openapi.values import COUNT, TIME, closed, page_of, parameter
from barbican_like.http.schema import Member, Object, OneOf, Schema, Text, named

PREFIX: Final = "/contexts/v1"
LONGEST_WAIT: Final = 60.0
"""Seconds that a request may wait for the end of a command."""
MOST: Final = 1000
"""Transitions of one answer."""

_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,79}"
_TEXT: Final[Schema] = {"type": "string"}
_NUMBER_OR_NULL: Final[Schema] = {"type": ["integer", "null"]}
_SECONDS: Final[Schema] = {"type": "number", "description": "Seconds since 1970."}
_STATE: Final[Schema] = {"type": "string", "enum": [state.value for state in ServiceState]}
_WISH: Final[Schema] = {"type": "string", "enum": [wish.value for wish in Wish]}

PATH_SCHEMAS: Final[dict[str, Schema]] = {
    "transaction": {"type": "string", "pattern": "^[A-Z0-9]{20}$"},
    "service_id": {"type": "string", "pattern": f"^{_NAME}$"},
}
_TASK_MEMBERS: Final[dict[str, Schema]] = {
    "service_id": _TEXT,
    "serviceName": _TEXT,
    "instance": _TEXT,
    "state": _STATE,
    "desired": _WISH,
    "action": _TEXT,
    "pid": _NUMBER_OR_NULL,
    "exit_code": _NUMBER_OR_NULL,
    "restarts": COUNT,
    "since": {"type": ["number", "null"], "description": "Seconds since 1970."},
}
_TASK: Final = named("TaskService", closed(_TASK_MEMBERS))
_ENDPOINTS: Final = ("FrontEndEndpoint", "BackendEndpoint", "FrontBind", "BackendBind")
_INFORMATION: Final = named(
    "ContextInformation",
    closed(
        {
            "contextId": _TEXT,
            "contextName": _TEXT,
            "contextLogName": _TEXT,
            "configuration": closed(dict.fromkeys(_ENDPOINTS, _TEXT)),
            "tasks": {"type": "array", "items": _TASK},
            "pid": COUNT | {"description": "Of the supervisor."},
        }
    ),
)
_TRIGGER: Final = closed({"action": _TEXT, "call": _TEXT})
_SERVICE: Final = named(
    "TaskServiceDetail",
    closed(
        {
            **_TASK_MEMBERS,
            "triggers": {"type": "object", "additionalProperties": _TRIGGER},
            "log": {"type": "array", "items": _TEXT, "description": "The last lines of its log."},
        }
    ),
)
_CONTEXT: Final = named(
    "Context",
    closed({"transaction": _TEXT, "context_id": _TEXT, "name": _TEXT, "created": TIME, "updated": TIME}),
)
_TRANSITION: Final = named(
    "ServiceTransition",
    closed(
        {
            "seq": COUNT,
            "service_id": _TEXT,
            "old": _STATE,
            "state": _STATE,
            "desired": _WISH,
            "pid": _NUMBER_OR_NULL,
            "exit_code": _NUMBER_OR_NULL,
            "restarts": COUNT,
            "at": TIME,
            "reason": _TEXT,
            "log": {"type": "array", "items": _TEXT},
        }
    ),
)
_POINT: Final[Schema] = {"type": "object", "additionalProperties": {"type": "number"}}
_HISTORY: Final[Schema] = {"type": "object", "additionalProperties": {"type": "array", "items": _POINT}}
_ACKNOWLEDGEMENT: Final[Schema] = {"type": "object", "required": ["header", "content"]}

CONTEXTS: Final = json_answer("Transactions, the last changed first.", page_of("contexts", _CONTEXT))
INFORMATION: Final = json_answer("As the supervisor has it now.", _INFORMATION)
SERVICE: Final = json_answer("The service, its triggers, the end of its log.", _SERVICE)
STATISTICS: Final = json_answer("Points of the last hour, by service.", closed({"services": _HISTORY}))
TRANSITIONS: Final = json_answer(
    "Transitions in their order.", closed({"transitions": {"type": "array", "items": _TRANSITION}})
)
ACCEPTED: Final = json_answer(
    "The command was accepted.", closed({"accepted": {"type": "boolean", "const": True}})
)
DONE: Final = json_answer("With wait: it is done, and this is the acknowledgement.", _ACKNOWLEDGEMENT)
METRICS: Final = Answer(
    description="Metrics in Prometheus' text format.", content={CONTENT_TYPE.partition(";")[0]: _TEXT}
)
SINCE_TIME: Final = parameter("since", "Only points after this time.", {**_SECONDS, "default": 0})
SINCE_NUMBER: Final = parameter("since", "Only transitions behind this seq.", {**COUNT, "default": 0})
LIMIT: Final = parameter(
    "limit", "Transitions at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST}
)
WAIT: Final = parameter(
    "wait",
    "Seconds to wait until the command is done.",
    {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_WAIT},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command."""

    action: str
    task_id: str = "all"


def _order(**members: Any) -> Order:
    return Order(**members)


ORDER: Final = Object(
    title="Action",
    name="ContextAction",
    members=(
        Member("action", OneOf(("start", "stop", "restart", "reload"), "What to do."), required=True),
        Member("task_id", Text("The id of one task service, or all.", pattern=_NAME, longest=80)),
    ),
    make=_order,
)
