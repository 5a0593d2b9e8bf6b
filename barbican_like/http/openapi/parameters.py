"""Parameters and headers that many operations share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from barbican_like.http import microversion
from barbican_like.http.frame import Limits
from barbican_like.http.openapi.values import ID
from barbican_like.http.schema import NO_NUL, Schema

_VERSIONS: Final = [
    *(f"1.{minor}" for minor in range(microversion.MIN_MINOR, microversion.MAX_MINOR + 1)),
    "latest",
]
_REQUEST_ID: Final = "^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

HEADERS: Final[dict[str, Schema]] = {
    "RequestId": {
        "description": "The request's id, as it stands in the log.",
        "required": True,
        "schema": {"type": "string", "pattern": _REQUEST_ID},
    },
    "ApiVersion": {
        "description": "The microversion that was used.",
        "required": True,
        "schema": {"type": "string", "pattern": rf"^{microversion.SERVICE} 1\.\d+$"},
    },
    "Vary": {
        "description": "The request header that the answer depends on.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The reference of what was made, or of the list that it is in.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Allow": {
        "description": "The methods that there are.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds after which to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "Challenge": {
        "description": "How to say who calls.",
        "required": True,
        "schema": {"type": "string"},
    },
}
"""Headers of answers, by their components' names."""

EVERY_ANSWER: Final[dict[str, Schema]] = {
    "x-openstack-request-id": {"$ref": "#/components/headers/RequestId"},
    "openstack-api-version": {"$ref": "#/components/headers/ApiVersion"},
    "vary": {"$ref": "#/components/headers/Vary"},
}
"""The headers that every answer has."""


def shared(limits: Limits) -> dict[str, Schema]:
    """The components that operations refer to."""
    return {
        "Version": {
            "name": "OpenStack-API-Version",
            "in": "header",
            "description": "The microversion; without it 1.0. What it says of other services is ignored.",
            "schema": {"enum": [f"{microversion.SERVICE} {version}" for version in _VERSIONS]},
            "example": f"{microversion.SERVICE} 1.{microversion.MAX_MINOR}",
        },
        "Limit": {
            "name": "limit",
            "in": "query",
            "description": f"How many are on a page, 1 to {limits.largest_page}; what is beyond counts as "
            "the nearest of them, what is no number as the default.",
            "schema": {
                "type": ["integer", "string"],
                "pattern": NO_NUL,
                "default": limits.default_page,
            },
            "example": limits.default_page,
        },
        "Offset": {
            "name": "offset",
            "in": "query",
            "description": "How many come before the page; what is negative or no number counts as 0.",
            "schema": {"type": ["integer", "string"], "pattern": NO_NUL, "default": 0},
            "example": 0,
        },
        "Marker": {
            "name": "marker",
            "in": "query",
            "description": "Where the page begins, as another page's links have it beside the offset; or the "
            "id of the item before it. One that cannot be used, such as that of another offset or another "
            "order, is ignored, and the offset counts.",
            "schema": {"type": "string", "pattern": NO_NUL},
        },
    }


def in_path(name: str, schemas: Mapping[str, Schema]) -> Schema:
    """A parameter of a path, a UUID unless there is another schema for its name."""
    return {"name": name, "in": "path", "required": True, "schema": schemas.get(name, ID)}
