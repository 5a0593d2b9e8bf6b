"""What a description of an operation consists of: that which its handler does not say by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from barbican_like.http.schema import Schema

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of an operation that is no error."""

    description: str
    content: Mapping[str, Schema] = field(default_factory=dict)  # by media type; empty: no body
    location: bool = False  # it has a Location header


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A request body that is not JSON."""

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
    examples: Mapping[str, Any] = field(default_factory=dict)  # JSON bodies by name, each accepted as it is
    content: Callable[[Any], Mapping[str, Content]] | None = None
    """Makes the descriptions of other bodies, by media type, of the mount's bounds."""
    rules: tuple[str, ...] = ()  # policy rules that the handler asks for by itself
    paged: bool = False  # takes limit and offset


def json_answer(description: str, schema: Schema, *, location: bool = False) -> Answer:
    """An answer with a JSON body."""
    return Answer(description=description, content={JSON: schema}, location=location)


NOTHING: Final = Answer(description="Done; no body.")
"""The 204 of an operation that has nothing to say."""
