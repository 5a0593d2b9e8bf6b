"""The answers that report an error: one body for all of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from barbican_like.http.openapi.described import JSON
from barbican_like.http.openapi.values import COUNT, closed
from barbican_like.http.problems import title_of
from barbican_like.http.schema import Schema, named

_WHEN: Final = {
    400: "The request cannot be understood; the description names the field or parameter.",
    401: "Nobody is known by the credentials that came, or none came.",
    403: "The policy lets this caller not do this, a quota has been reached, or, where `[api] auth` is "
    "`noauth`, the request is a page's of another origin.",
    404: "There is no such thing, or its id is none.",
    405: "The resource does not have this method.",
    406: "Nothing on offer matches the Accept header or the microversion.",
    408: "The body did not come in time; the connection is closed.",
    409: "The present state does not allow this.",
    410: "What is asked for is kept no longer; begin anew.",
    411: "A payload came without a Content-Length.",
    413: "The body, or the payload in it, is over its limit.",
    415: "The body's Content-Type is none of those that this operation takes.",
    421: "The Host is none of this server's names, where `[api] auth` is `noauth`.",
    429: "Too many wrong passwords came from this address, where `[api] auth` is `basic`.",
    431: "The request line and the headers are over their limit; the connection is closed.",
    500: "Something that the server keeps cannot be had.",
    503: "The server is busy; the same request may be sent again.",
}
_OWN_HEADERS: Final = {
    401: ("WWW-Authenticate", "Challenge"),
    405: ("Allow", "Allow"),
    429: ("Retry-After", "RetryAfter"),
    503: ("Retry-After", "RetryAfter"),
}

_ERROR: Final[Schema] = named(
    "Error",
    {
        "type": "object",
        "properties": {
            "code": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The status."},
            "title": {"type": "string", "description": "The status in words."},
            "description": {"type": ["string", "null"], "description": "What is wrong, in a sentence."},
            "field": {
                "type": "string",
                "description": "Of some 400: the parameter, or the way to the member, that is wrong.",
            },
            "oldest": COUNT | {"description": "Of 410: the number of the oldest change that is kept."},
            "last_seq": COUNT | {"description": "Of 410: the number of the newest change."},
            "error": closed(
                {
                    "code": {"type": "integer"},
                    "title": {"type": "string"},
                    "message": {"type": ["string", "null"]},
                }
            )
            | {"description": "In a 401 of the pipeline `keystone`, for Keystone's own clients."},
        },
        "required": ["code", "title", "description"],
        "additionalProperties": False,
    },
)


def responses(headers: dict[str, Schema]) -> dict[str, Schema]:
    """The components of all error answers, by their names.

    :param headers: of every answer.
    """
    return {name_of(status): _response(status, headers) for status in _WHEN}


def name_of(status: int) -> str:
    """The name of an error answer's component."""
    return title_of(HTTPStatus(status)).replace(" ", "")


def _response(status: int, headers: dict[str, Schema]) -> Schema:
    own = _OWN_HEADERS.get(status)
    added = {own[0]: {"$ref": f"#/components/headers/{own[1]}"}} if own else {}
    exact = {"properties": {"code": {"const": status}, "title": {"const": title_of(HTTPStatus(status))}}}
    return {
        "description": _WHEN[status],
        "headers": headers | added,
        "content": {JSON: {"schema": {"allOf": [_ERROR, exact]}}},
    }
