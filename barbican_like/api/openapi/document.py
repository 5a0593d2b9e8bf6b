"""Puts the document together: the route table says what there is, the descriptions what it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from barbican_like.api import microversion
from barbican_like.api.controllers.base import Controller, Operation
from barbican_like.api.openapi import (
    acls,
    consumers,
    containers,
    errors,
    metadata,
    orders,
    parameters,
    quotas,
    secret_stores,
    secrets,
    transport_keys,
    versions,
)
from barbican_like.api.openapi.described import Answer, Described, Schema
from barbican_like.api.services import Limits

Table = Mapping[tuple[str, ...], type[Controller]]
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RESOURCES: Final = (
    versions,
    secrets,
    metadata,
    acls,
    consumers,
    containers,
    orders,
    quotas,
    secret_stores,
    transport_keys,
)
DESCRIBED: Final[dict[str, Described]] = {
    name: described for resource in _RESOURCES for name, described in resource.OPERATIONS.items()
}
"""Every description by method and path."""

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


def build(tables: Mapping[str, Table], limits: Limits, server: str = "") -> dict[str, Any]:
    """The whole document.

    :param tables: the route tables, by what their paths begin with: ``/`` and ``/v1/``.
    :param server: the address that the paths are below; blank: the host that the document came from.
    :raises LookupError: when a route has no description, or a description no route.
    """
    paths: dict[str, dict[str, Any]] = {}
    described = dict(DESCRIBED)
    for path, method, operation in served(tables):
        found = described.pop(f"{method} {path}", None)
        if found is None:
            raise LookupError(f"{method} {path} has no description in barbican_like.api.openapi")
        paths.setdefault(path, {})[method.lower()] = _operation(path, operation, found)
    if described:
        raise LookupError(f"described, but not served: {sorted(described)}")
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
        "components": _components(limits),
    }


def served(tables: Mapping[str, Table]) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and operation of each handler of the route tables."""
    for prefix, table in tables.items():
        for pattern, controller in table.items():
            for method in _METHODS:
                handler = getattr(controller, f"on_{method.lower()}", None)
                if handler is not None:
                    yield prefix + _path(pattern), method, handler.operation


def _path(pattern: tuple[str, ...]) -> str:
    words = list(pattern)
    for place, word in enumerate(words):
        if word == "{id}":
            words[place] = f"{{{parameters.PATH_NAMES[pattern[place - 1]]}}}"
    return "/".join(words)


def _components(limits: Limits) -> dict[str, Any]:
    schemas = {"Error": errors.ERROR, **secrets.schemas(limits)}
    for resource in _RESOURCES:
        schemas |= getattr(resource, "SCHEMAS", {})
    return {
        "schemas": schemas,
        "parameters": parameters.shared(limits),
        "headers": parameters.HEADERS,
        "responses": errors.responses(parameters.EVERY_ANSWER),
        "securitySchemes": _SECURITY,
    }


def _operation(path: str, operation: Operation, described: Described) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": described.id,
        "summary": operation.name,
        "tags": [path.split("/")[2] or "versions" if path.startswith("/v1/") else "versions"],
        "parameters": _parameters(path, described),
        "responses": _responses(path, operation, described),
    }
    rules = described.rules if operation.rule is None else (operation.rule,)
    if rules:
        shown["x-policy-rule"] = list(rules)
    if described.body:
        shown["requestBody"] = _body(operation, described)
    if not path.startswith("/v1/"):
        shown["security"] = []
    return shown


def _parameters(path: str, described: Described) -> list[Schema]:
    names = [word[1:-1] for word in path.split("/") if word.startswith("{")]
    shared = ["Limit", "Offset", "Version"] if described.paged else ["Version"]
    return [
        *(parameters.in_path(name) for name in names),
        *described.parameters,
        *({"$ref": f"#/components/parameters/{name}"} for name in shared),
    ]


def _body(operation: Operation, described: Described) -> Schema:
    taken = operation.media_types or ("application/json",)
    if tuple(described.body) != taken:
        raise LookupError(f"{described.id} takes {taken}, but {tuple(described.body)} are described")
    content = {
        media_type: {
            "schema": body.schema,
            "examples": {name: {"value": value} for name, value in body.examples.items()},
        }
        for media_type, body in described.body.items()
    }
    return {"required": True, "content": content}


def _responses(path: str, operation: Operation, described: Described) -> dict[str, Schema]:
    statuses = {400, 406, *described.errors}
    if path.startswith("/v1/"):
        statuses |= {401, 503}
    if operation.rule is not None or described.rules:
        statuses.add(403)
    if "{" in path:
        statuses.add(404)
    if operation.body is not None or operation.media_types:
        statuses |= {413, 415}
    found = {str(status): _answer(answer) for status, answer in described.answers.items()}
    found |= {
        str(status): {"$ref": f"#/components/responses/{errors.name_of(status)}"}
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
