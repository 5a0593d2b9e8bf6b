"""What a description of an operation consists of: that which its handler does not say by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Schema = dict[str, Any]
"""A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it)."""

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of an operation that is no error."""

    description: str
    content: Mapping[str, Schema] = field(default_factory=dict)  # by media type; empty: no body
    location: bool = False  # it has a Location header


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A request body of one media type."""

    schema: Schema
    examples: Mapping[str, Any]  # by name; each of them is accepted as it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An operation of the API.

    The answers that follow from the handler (400, 401, 403, 404, 406, 413, 415, 503) are added by the
    document.
    """

    id: str  # operationId, unique
    answers: Mapping[int, Answer]
    errors: tuple[int, ...] = ()  # statuses of errors besides those that are added
    parameters: tuple[Schema, ...] = ()
    body: Mapping[str, Content] = field(default_factory=dict)  # by media type
    rules: tuple[str, ...] = ()  # policy rules that the handler asks for by itself
    paged: bool = False  # takes limit and offset


def reference(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_answer(description: str, name: str, *, location: bool = False) -> Answer:
    """An answer with a JSON body.

    :param name: of its schema.
    """
    return Answer(description=description, content={JSON: reference(name)}, location=location)


def json_body(name: str, **examples: Any) -> Mapping[str, Content]:
    """A JSON request body.

    :param name: of its schema.
    """
    return {JSON: Content(schema=reference(name), examples=examples)}


NOTHING: Final = Answer(description="Done; no body.")
"""The 204 of an operation that has nothing to say."""
