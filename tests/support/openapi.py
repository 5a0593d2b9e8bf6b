"""The OpenAPI document for tests, and answers held against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import webtest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from barbican_like import rooms
from barbican_like.http import document
from barbican_like.http.frame import Limits
from barbican_like.workqueue.http.routes import MOUNT as WORKQUEUE

LIMITS = Limits(request_bytes=25_000, default_page=10, largest_page=100)
"""The limits of an instance that is not configured otherwise."""

STORES = """
[secretstore]
enable_multiple_secret_stores = true
stores_lookup_suffix = software
[secretstore:software]
secret_store_plugin = store_crypto
crypto_plugin = simple_crypto
global_default = true
[live]
url = https://live.example
"""
"""Settings of an instance with stores to choose among and a gateway: without them there are neither."""

_ROOMS = frozenset({"key_manager", "activity", "page"})
SERVED = tuple(mount for room, mount in rooms.mounts(rooms.load([])) if room.name in _ROOMS)
"""What the key manager and the feed serve."""

DOCUMENT: dict[str, Any] = document.build((*SERVED, WORKQUEUE), LIMITS)
_BASE = "urn:document"
_REGISTRY: Registry[Any] = Registry().with_resource(
    _BASE, Resource(contents=DOCUMENT, specification=DRAFT202012)
)


def operations(*, of_transfers: bool = False) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each operation of the key manager and the feed, or of transfers."""
    for path, methods in DOCUMENT["paths"].items():
        if path.startswith(WORKQUEUE.prefix) is not of_transfers:
            continue
        for method, shown in methods.items():
            yield path, method.upper(), shown


def errors_of(instance: object, pointer: str) -> list[str]:
    """What is wrong with a value by the schema at a place of the document."""
    validator = Draft202012Validator({"$ref": f"{_BASE}#{pointer}"}, registry=_REGISTRY)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(instance)]


def operation_at(method: str, path: str) -> str | None:
    """The path of the document that a request's path belongs to, None when there is none."""
    wanted = path.split("?", maxsplit=1)[0].rstrip("/").split("/")
    for template, methods in DOCUMENT["paths"].items():
        words = template.rstrip("/").split("/")
        same = len(words) == len(wanted) and all(
            word.startswith("{") or word == given for word, given in zip(words, wanted, strict=True)
        )
        if same and method.lower() in methods:
            return str(template)
    return None


def deviations(method: str, template: str, answer: webtest.TestResponse) -> list[str]:
    """In what an answer is not as the document has it: status, headers, media type, body."""
    shown = DOCUMENT["paths"][template][method.lower()]["responses"].get(str(answer.status_int))
    if shown is None:
        return [f"status {answer.status_int} is not in the document"]
    pointer = f"/paths/{_escaped(template)}/{method.lower()}/responses/{answer.status_int}"
    if "$ref" in shown:
        pointer = shown["$ref"].removeprefix("#")
        shown = DOCUMENT["components"]["responses"][pointer.rpartition("/")[2]]
    return _headers(shown, answer) + _content(shown, pointer, answer)


def _headers(shown: dict[str, Any], answer: webtest.TestResponse) -> list[str]:
    found = []
    for name, header in shown["headers"].items():
        component = header["$ref"].removeprefix("#")
        value: Any = answer.headers.get(name)
        if value is None:
            found.append(f"header {name} is missing")
            continue
        if DOCUMENT["components"]["headers"][component.rpartition("/")[2]]["schema"]["type"] == "integer":
            value = int(value)
        found += errors_of(value, f"{component}/schema")
    known = {name.lower() for name in shown["headers"]} | {"content-type", "content-length"}
    return found + [
        f"header {name} is not in the document" for name in answer.headers if name.lower() not in known
    ]


def _content(shown: dict[str, Any], pointer: str, answer: webtest.TestResponse) -> list[str]:
    if "content" not in shown:
        return [f"a body: {answer.body[:80]!r}"] if answer.body else []
    if answer.content_type not in shown["content"]:
        return [f"the media type {answer.content_type} is not in the document"]
    body = answer.json if answer.content_type == "application/json" else answer.body.decode("latin-1")
    return errors_of(body, f"{pointer}/content/{_escaped(answer.content_type)}/schema")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
