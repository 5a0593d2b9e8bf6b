"""Quotas: those in force for the caller, and those that administrators set for projects."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer, json_body
from barbican_like.http.openapi.values import closed, page_of
from barbican_like.model.quotas import RESOURCES

_LIMIT: Final[Schema] = {
    "type": "integer",
    "minimum": -(2**31) + 1,
    "maximum": 2**31 - 1,
    "description": "How many a project may have; 0 forbids it, a negative number is no limit.",
}
_SET: Final[Schema] = closed(
    {name: {"type": ["integer", "null"], "description": "Null: the default."} for name in RESOURCES}
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Quotas": closed({"quotas": closed(dict.fromkeys(RESOURCES, _LIMIT))}),
    "NewProjectQuotas": {
        "type": "object",
        "properties": {
            "project_quotas": {
                "type": "object",
                "properties": dict.fromkeys(RESOURCES, _LIMIT),
                "additionalProperties": False,
            }
        },
        "required": ["project_quotas"],
        "additionalProperties": False,
    },
    "ProjectQuotas": closed({"project_quotas": _SET}),
    "ProjectQuotasList": page_of(
        "project_quotas", closed({"project_id": {"type": "string"}, "project_quotas": _SET})
    ),
}

_ONE: Final = "/v1/project-quotas/{project_id}"

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/quotas": Described(
        id="get_quotas", answers={200: json_answer("What holds for the caller's project.", "Quotas")}
    ),
    "GET /v1/project-quotas": Described(
        id="list_project_quotas",
        paged=True,
        answers={200: json_answer("One page of the projects that have quotas.", "ProjectQuotasList")},
    ),
    f"GET {_ONE}": Described(
        id="get_project_quotas", answers={200: json_answer("What is set for it.", "ProjectQuotas")}
    ),
    f"PUT {_ONE}": Described(
        id="set_project_quotas",
        body=json_body("NewProjectQuotas", some={"project_quotas": {"secrets": 100, "orders": -1}}),
        answers={204: NOTHING},
    ),
    f"DELETE {_ONE}": Described(id="delete_project_quotas", answers={204: NOTHING}),
}
