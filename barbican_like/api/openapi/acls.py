"""ACLs of secrets and of containers."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import JSON, Answer, Described, Schema, json_answer, json_body
from barbican_like.http.openapi.values import TEXT_SHOWN, TIME, closed, required_text

_ACCESS: Final[Schema] = {
    "type": "boolean",
    "description": "False closes it to its project, but for its creator and the project's admin.",
}

SCHEMAS: Final[dict[str, Schema]] = {
    "NewAcl": {
        "type": "object",
        "properties": {
            "read": {
                "type": "object",
                "properties": {
                    "users": {"type": "array", "items": required_text("A user's id.")},
                    "project-access": _ACCESS,
                },
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    },
    "Acl": closed(
        {
            "read": closed(
                {
                    "project-access": _ACCESS,
                    "users": {"type": "array", "items": TEXT_SHOWN},
                    "created": TIME,
                    "updated": TIME,
                },
                "users",
                "created",
                "updated",
            )
        }
    ),
    "AclReference": closed({"acl_ref": {"type": "string", "format": "uri", "pattern": "/acl$"}}),
}

_BODY: Final = json_body(
    "NewAcl",
    private={"read": {"users": ["5d8f4aa1ce144c9a8a9a5d5ac1dbf1e1"], "project-access": False}},
    nobody={"read": {}},
)
_GONE: Final = Answer(description="There is no ACL any more.", content={JSON: {"type": "null"}})


def _operations(path: str, thing: str) -> dict[str, Described]:
    return {
        f"GET {path}": Described(
            id=f"get_{thing}_acl", answers={200: json_answer("The ACL, or what holds without one.", "Acl")}
        ),
        f"PUT {path}": Described(
            id=f"replace_{thing}_acl", body=_BODY, answers={200: json_answer("Replaced.", "AclReference")}
        ),
        f"PATCH {path}": Described(
            id=f"change_{thing}_acl", body=_BODY, answers={200: json_answer("Changed.", "AclReference")}
        ),
        f"DELETE {path}": Described(id=f"delete_{thing}_acl", answers={200: _GONE}),
    }


OPERATIONS: Final[dict[str, Described]] = {
    **_operations("/v1/secrets/{secret_id}/acl", "secret"),
    **_operations("/v1/containers/{container_id}/acl", "container"),
}
