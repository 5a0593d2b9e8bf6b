"""What all schemas have in common: where a value stands, how it is parsed, how the document refers to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from barbican_like.common.errors import SchemaMismatch

T = TypeVar("T")

Schema = dict[str, Any]
"""A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it). What is :func:`named` in it stands there whole."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a value in a body."""

    schema: str  # the schema's name in error texts, such as Secret
    field: str = ""  # the member's name; empty for the body as a whole

    @property
    def label(self) -> str:
        """The place as it begins a reason."""
        return self.field or "the body"

    def fault(self, reason: str) -> SchemaMismatch:
        """An error about the value.

        :param reason: without the value where that may be secret.
        """
        return SchemaMismatch(self.schema, reason, self.field)


WHOLE: Final = Where("")
"""A body as a whole: its schema says its name by itself."""


class Value(ABC, Generic[T]):
    """A schema: what it accepts becomes a ``T``."""

    __slots__ = ()

    @abstractmethod
    def parse(self, value: object, where: Where = WHOLE) -> T:
        """What handlers are given for a value of a JSON body.

        :raises SchemaMismatch: naming the field and what is wrong with it.
        """

    @abstractmethod
    def json_schema(self) -> Schema:
        """The values that it accepts. What it accepts besides is not for clients to rely on."""


@dataclass(frozen=True, slots=True)
class Custom(Value[T], Generic[T]):
    """A value of a room's own: a function that parses it, and the schema of what that accepts."""

    function: Callable[[object, Where], T]
    schema: Schema

    def parse(self, value: object, where: Where = WHOLE) -> T:
        """What the function makes of it."""
        return self.function(value, where)

    def json_schema(self) -> Schema:
        """As it was given."""
        return self.schema


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    schema: Schema


def named(name: str, schema: Schema) -> Schema:
    """A schema that the document holds once, with references to it.

    :param name: unique among all rooms.
    """
    return {"$ref": _Named(name, schema)}


def resolved(schema: Any, components: dict[str, Schema]) -> Any:
    """A schema, or what holds some, with what is named in it put aside and referred to.

    :param components: where that is put, by name.
    :raises LookupError: when two schemas have one name.
    """
    if isinstance(schema, dict):
        return {key: resolved(part, components) for key, part in schema.items()}
    if isinstance(schema, list | tuple):
        return [resolved(part, components) for part in schema]
    if isinstance(schema, _Named):
        whole = resolved(schema.schema, components)
        if components.setdefault(schema.name, whole) != whole:
            raise LookupError(f"two schemas are named {schema.name}")
        return f"#/components/schemas/{schema.name}"
    return schema
