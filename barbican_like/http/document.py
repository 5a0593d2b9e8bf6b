"""Makes the OpenAPI document: of the route tables, and of what each operation says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from barbican_like.http import microversion
from barbican_like.http.controller import JSON, METHODS, Operation
from barbican_like.http.frame import Limits
from barbican_like.http.mount import Mount
from barbican_like.http.openapi import answers, parameters
from barbican_like.http.openapi.described import Answer, Content
from barbican_like.http.schema import Schema, resolved

_ABOUT: Final = (
    "OpenStack's key-manager API. Texts are stripped of blanks around them, members that are not described "
    "are ignored where the schema lets them be there, and every path may end in a slash. Every answer but a "
    "payload is JSON; an Accept header that excludes it is a 406. The formats `future-date-time`, "
    "`date-conditions`, `sort-keys` and `secret-ref` are explained where they are used."
)
_SECURITY: Final[dict[str, Schema]] = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "A token of Keystone for a project, where `[api] auth` is `keystone`.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A user of the htpasswd file, where `[api] auth` is `basic`.",
    },
    "project": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Project-Id",
        "description": "The project's id, where `[api] auth` is `noauth`; without it the answer is 400.",
    },
}


def build(mounts: Sequence[Mount], limits: Limits, server: str = "") -> dict[str, Any]:
    """The whole document.

    :param mounts: what all rooms serve.
    :param server: the address that the paths are below; blank: the host that the document came from.
    :raises LookupError: when an operation is not described, or two schemas have one name.
    """
    schemas: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for mount in mounts:
        for path, method, operation in operations_of(mount):
            if not operation.id:
                raise LookupError(f"{method} {path} is not described for OpenAPI")
            shown = _operation(mount, path, operation)
            paths.setdefault(path, {})[method.lower()] = resolved(shown, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Key manager",
            "version": f"1.{microversion.MAX_MINOR}",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server or "/"}],
        "security": [{name: []} for name in _SECURITY],
        "paths": paths,
        "components": _components(schemas, limits),
    }


def encoded(mounts: Sequence[Mount], limits: Limits, address: str) -> bytes:
    """The document as it goes out; see :func:`build`.

    :param address: as ``host_href`` has it.
    """
    return orjson.dumps(build(mounts, limits, address.rstrip("/")))


def operations_of(mount: Mount) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and operation of each handler of a route table."""
    for pattern, controller in mount.table.items():
        for method in METHODS:
            handler = getattr(controller, f"on_{method.lower()}", None)
            if handler is not None:
                yield mount.template(pattern), method, handler.operation


def _components(schemas: dict[str, Schema], limits: Limits) -> dict[str, Any]:
    responses = resolved(answers.responses(parameters.EVERY_ANSWER), schemas)
    return {
        "schemas": schemas,
        "parameters": parameters.shared(limits),
        "headers": parameters.HEADERS,
        "responses": responses,
        "securitySchemes": _SECURITY,
    }


def _operation(mount: Mount, path: str, operation: Operation) -> dict[str, Any]:
    below = path.removeprefix(mount.prefix).strip("/")
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.name,
        "tags": [below.partition("/")[0] or "versions"],
        "parameters": _parameters(mount, path, operation),
        "responses": _responses(mount, path, operation),
    }
    rules = (operation.rule,) if isinstance(operation.rule, str) else operation.rules
    if rules:
        shown["x-policy-rule"] = list(rules)
    if operation.body or operation.media_types:
        shown["requestBody"] = {"required": True, "content": _content(mount, operation)}
    if mount.anonymous:
        shown["security"] = []
    return shown


def _parameters(mount: Mount, path: str, operation: Operation) -> list[Schema]:
    names = [word[1:-1] for word in path.split("/") if word.startswith("{")]
    shared = ["Limit", "Offset", "Marker", "Version"] if operation.paged else ["Version"]
    return [
        *(parameters.in_path(name, mount.path_schemas) for name in names),
        *operation.shown_parameters(mount.bounds),
        *({"$ref": f"#/components/parameters/{name}"} for name in shared),
    ]


def _content(mount: Mount, operation: Operation) -> dict[str, Schema]:
    schema = operation.schema(mount.bounds)
    if schema is not None:
        content = {JSON: Content(schema=schema.json_schema(), examples=operation.examples)}
    else:
        content = dict(operation.content(mount.bounds)) if operation.content else {}
    taken = operation.media_types or (JSON,)
    if tuple(content) != taken:
        raise LookupError(f"{operation.id} takes {taken}, but {tuple(content)} are described")
    return {
        media_type: {
            "schema": body.schema,
            "examples": {name: {"value": value} for name, value in body.examples.items()},
        }
        for media_type, body in content.items()
    }


def _responses(mount: Mount, path: str, operation: Operation) -> dict[str, Schema]:
    statuses = {400, 403, 406, 421, 431, 503, *operation.errors}
    if not mount.anonymous:
        statuses |= {401, 429}
    if "{" in path:
        statuses.add(404)
    if operation.body or operation.media_types:
        statuses |= {408, 413, 415}
    found = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    found |= {
        str(status): {"$ref": f"#/components/responses/{answers.name_of(status)}"}
        for status in sorted(statuses)
    }
    return found


def _answer(answer: Answer) -> Schema:
    headers = dict(parameters.EVERY_ANSWER)
    if answer.location:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    shown: Schema = {"description": answer.description, "headers": headers}
    if answer.content:
        shown["content"] = {media_type: {"schema": schema} for media_type, schema in answer.content.items()}
    return shown
