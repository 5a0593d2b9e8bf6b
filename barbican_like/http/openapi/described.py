"""What an operation says of its answers, and of bodies that are not JSON."""

from __future__ import annotations

from collections.abc import Mapping
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


def json_answer(description: str, schema: Schema, *, location: bool = False) -> Answer:
    """An answer with a JSON body."""
    return Answer(description=description, content={JSON: schema}, location=location)


NOTHING: Final = Answer(description="Done; no body.")
"""The 204 of an operation that has nothing to say."""
