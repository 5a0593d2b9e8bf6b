"""The version documents, and this document itself."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import Answer, Described, Schema, json_answer
from barbican_like.http.openapi.values import closed, query

_LINKS: Final[Schema] = {
    "type": "array",
    "items": closed(
        {"rel": {"type": "string"}, "type": {"type": "string"}, "href": {"type": "string"}}, "type"
    ),
}
_MINOR: Final[Schema] = {"type": "string", "pattern": r"^1\.\d+$"}

SCHEMAS: Final[dict[str, Schema]] = {
    "FirstVersion": closed(
        {
            "id": {"const": "v1"},
            "status": {"const": "stable"},
            "links": _LINKS,
            "media-types": {
                "type": "array",
                "items": closed({"base": {"type": "string"}, "type": {"type": "string"}}),
            },
        }
    )
    | {"description": "The version as clients of microversion 1.0 see it."},
    "Version": closed(
        {
            "id": {"const": "v1"},
            "status": {"const": "CURRENT"},
            "min_version": _MINOR,
            "max_version": _MINOR,
            "links": _LINKS,
        }
    )
    | {"description": "The version as clients of microversion 1.1 and later see it."},
    "Versions": closed(
        {
            "versions": {
                "oneOf": [
                    closed(
                        {"values": {"type": "array", "items": {"$ref": "#/components/schemas/FirstVersion"}}}
                    ),
                    {"type": "array", "items": {"$ref": "#/components/schemas/Version"}},
                ]
            }
        }
    ),
    "VersionAnswer": closed(
        {
            "version": {
                "oneOf": [
                    {"$ref": "#/components/schemas/FirstVersion"},
                    {"$ref": "#/components/schemas/Version"},
                ]
            }
        }
    ),
    "Build": closed({"build": {"type": "string", "description": "The program's version."}}),
    "Empty": closed({}),
    "Document": {
        "type": "object",
        "properties": {"openapi": {"const": "3.1.0"}},
        "required": ["openapi", "info", "paths", "components"],
    },
}

OPERATIONS: Final[dict[str, Described]] = {
    "GET /": Described(
        id="list_versions",
        parameters=(
            query("build", "Present, with any value: the program's version instead.", {"type": "string"}),
        ),
        answers={
            200: json_answer("With `?build`: the program's version.", "Build"),
            300: json_answer("The versions that there are.", "Versions"),
            302: Answer(
                description="With `Accept: application/json-home`: to `/v1/`.",
                content={"application/json": {"$ref": "#/components/schemas/Empty"}},
                location=True,
            ),
        },
    ),
    "GET /v1/": Described(
        id="get_version", answers={200: json_answer("The version's document.", "VersionAnswer")}
    ),
    "GET /v1/openapi.json": Described(
        id="get_openapi", answers={200: json_answer("This document.", "Document")}
    ),
}
