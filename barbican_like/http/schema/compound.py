"""Values made of values: objects, lists, mappings, and choices between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from barbican_like.common.errors import SchemaMismatch, UnusableField
from barbican_like.http.schema.scalars import LONGEST_TEXT, OneOf, described
from barbican_like.http.schema.value import WHOLE, Schema, Value, Where, named

T = TypeVar("T")

_MOST_NAMED: Final = 10  # members that are wrong
_SHOWN: Final = 64  # characters of each


@dataclass(frozen=True, slots=True)
class Nullable(Value[T | None], Generic[T]):
    """A value, or null."""

    of: Value[T]

    def parse(self, value: object, where: Where = WHOLE) -> T | None:
        """The value, None for null.

        :raises SchemaMismatch: when it is neither.
        """
        return None if value is None else self.of.parse(value, where)

    def json_schema(self) -> Schema:
        """What the value may be, and null."""
        schema = self.of.json_schema()
        if not isinstance(schema.get("type"), str):
            return {"anyOf": [schema, {"type": "null"}]}
        words = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return schema | words | {"type": [schema["type"], "null"]}


@dataclass(frozen=True, slots=True)
class Shown(Value[T], Generic[T]):
    """A value whose schema is narrower than itself, since what holds it refuses the rest."""

    of: Value[T]
    schema: Schema  # takes the place of the value's own, member by member of the schema
    whole: bool = False  # nothing of the value's own remains

    def parse(self, value: object, where: Where = WHOLE) -> T:
        """As the value does."""
        return self.of.parse(value, where)

    def json_schema(self) -> Schema:
        """The narrower one."""
        return self.schema if self.whole else self.of.json_schema() | self.schema


@dataclass(frozen=True, slots=True)
class Located(Value[T], Generic[T]):
    """A whole body, whose faults are answered with the way to the field."""

    of: Value[T]

    def parse(self, value: object, where: Where = WHOLE) -> T:
        """As the value does.

        :raises UnusableField: when it does not fit.
        """
        try:
            return self.of.parse(value, where)
        except SchemaMismatch as error:
            raise UnusableField(error.path, error.message) from None

    def json_schema(self) -> Schema:
        """The value's own."""
        return self.of.json_schema()


@dataclass(frozen=True, slots=True)
class Listing(Value[tuple[T, ...]], Generic[T]):
    """A list."""

    of: Value[T]
    about: str = ""
    check: Callable[[tuple[T, ...], Where], None] | None = None  # of the whole list; raises a fault
    unique: bool = False  # what the check sees to: no element twice

    def parse(self, value: object, where: Where = WHOLE) -> tuple[T, ...]:
        """Its elements, whose faults name the list.

        :raises SchemaMismatch: when it is none, or an element is not usable.
        """
        if not isinstance(value, list):
            raise where.fault(f"{where.label} is not of type 'array'")
        parse, elements = self.of.parse, []
        try:
            for element in value:
                elements.append(parse(element, where))  # noqa: PERF401  how many there are says which one failed
        except SchemaMismatch as error:
            error.inside(str(len(elements)))
            raise
        parsed = tuple(elements)
        if self.check is not None:
            self.check(parsed, where)
        return parsed

    def json_schema(self) -> Schema:
        """An array."""
        schema: Schema = {"type": "array", "items": self.of.json_schema()}
        if self.unique:
            schema["uniqueItems"] = True
        return described(schema, self.about)


@dataclass(frozen=True, slots=True)
class Mapped(Value[dict[str, T]], Generic[T]):
    """An object whose members have any names that are keys."""

    key: Value[str]
    of: Value[T]

    def parse(self, value: object, where: Where = WHOLE) -> dict[str, T]:
        """Keys and values.

        :raises SchemaMismatch: when it is none, or one of them is not usable.
        """
        if not isinstance(value, dict):
            raise where.fault(f"{where.label} is not of type 'object'")
        key, of = self.key.parse, self.of.parse
        return {key(name, where): of(member, where) for name, member in value.items()}

    def json_schema(self) -> Schema:
        """An object with a schema for its names."""
        names = {word: part for word, part in self.key.json_schema().items() if word != "type"}
        return {"type": "object", "propertyNames": names, "additionalProperties": self.of.json_schema()}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object."""

    name: str
    value: Value[Any]
    required: bool = False
    into: str = ""  # what make is given it as, where that is not its name
    kept: bool = True  # make is given it; else it is only looked at
    default: Any = None  # what make is given where it is absent; nothing where this is None
    missing: str = ""  # what is said where it is required and absent, if not the usual

    def reason(self) -> str:
        """What is said where it is required and absent; empty where it may be."""
        return (self.missing or f"'{self.name}' is a required property") if self.required else ""

    def json_schema(self) -> Schema:
        """That of its value, with the default."""
        schema = self.value.json_schema()
        return schema if self.default in (None, ()) else schema | {"default": self.default}


_Row = tuple[str, str, Callable[[object, Where], Any], Where, str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(Value[T], Generic[T]):
    """An object. Its members are parsed in their order; those it does not know are ignored, or refused."""

    title: str  # the schema's name in error texts
    members: tuple[Member, ...]
    make: Callable[..., T]  # of the members that are there, by keyword; may raise faults of its own
    name: str = ""  # of its component in the document; empty: it stands there where it is used
    about: str = ""
    closed: bool = False  # refuse members that it does not know
    _rows: tuple[_Row, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = tuple(
            (
                member.name,
                (member.into or member.name) if member.kept else "",
                member.value.parse,
                Where(self.title, member.name),
                member.reason(),
                member.default if member.kept else None,
            )
            for member in self.members
        )
        object.__setattr__(self, "_rows", rows)

    def parse(self, value: object, where: Where = WHOLE) -> T:
        """What ``make`` makes of its members.

        :raises SchemaMismatch: when it is no object, or one of the members is not usable.
        """
        if not isinstance(value, dict):
            raise _here(where, self.title).fault(f"{where.label} is not of type 'object'")
        if self.closed:
            self._refuse_others(value)
        parsed, name = {}, ""
        try:
            for name, into, parse, place, missing, default in self._rows:
                if name in value:
                    member = parse(value[name], place)
                    if into:
                        parsed[into] = member
                elif missing:
                    raise place.fault(missing)
                elif default is not None:
                    parsed[into] = default
        except SchemaMismatch as error:
            error.inside(name)
            raise
        return self._made(parsed)

    def _made(self, parsed: dict[str, Any]) -> T:
        try:
            return self.make(**parsed)
        except SchemaMismatch as error:
            if not error.path:
                error.inside(error.field)
            raise

    def _refuse_others(self, value: dict[str, object]) -> None:
        known = [member.name for member in self.members]
        others = sorted(value.keys() - known)
        if others:
            other = others[0][:LONGEST_TEXT]
            more = [name[:_SHOWN] for name in others[1:_MOST_NAMED]]
            beside = f", which rules out {more} too" if more else ""
            raise Where(self.title, other).fault(f"only {known} are allowed here{beside}").inside(other)

    def json_schema(self) -> Schema:
        """An object with these members."""
        schema = self.narrowed({})
        return named(self.name, schema) if self.name else schema

    def narrowed(self, members: Mapping[str, Schema]) -> Schema:
        """The schema with some members' schemas narrowed: a case of those that ``make`` accepts.

        :param members: what takes the place of a part of each, by name.
        """
        properties = {
            member.name: member.json_schema() | members.get(member.name, {}) for member in self.members
        }
        schema = described({"type": "object", "properties": properties}, self.about)
        required = [member.name for member in self.members if member.required]
        if required:
            schema["required"] = required
        return schema | {"additionalProperties": False} if self.closed else schema

    def in_cases(self, *cases: Mapping[str, Schema]) -> Value[T]:
        """The same object, shown as any of these cases of it; see :meth:`narrowed`."""
        schemas = [self.narrowed(case) for case in cases]
        return Shown(self, {"anyOf": schemas} if len(schemas) > 1 else schemas[0], whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Union(Value[T], Generic[T]):
    """One of several objects; which of them, the body says."""

    title: str  # as of an object
    select: Callable[[Mapping[str, Any]], Value[T]]
    cases: tuple[Value[T], ...]
    name: str

    def parse(self, value: object, where: Where = WHOLE) -> T:
        """What the case makes of it.

        :raises SchemaMismatch: when it is no object, or does not fit its case.
        """
        if not isinstance(value, dict):
            raise _here(where, self.title).fault(f"{where.label} is not of type 'object'")
        return self.select(value).parse(value, where)

    def json_schema(self) -> Schema:
        """Any of the cases."""
        return named(self.name, {"anyOf": [case.json_schema() for case in self.cases]})


def tagged(*, title: str, by: str, cases: Mapping[str, Value[T]], name: str) -> Union[T]:
    """One of several objects, told apart by a member that all of them have.

    :param by: the member's name.
    :param cases: by its words; each has it as its member :func:`tag`.
    """
    words, place = OneOf(tuple(cases)), Where(title, by)

    def select(body: Mapping[str, Any]) -> Value[T]:
        if by not in body:
            raise place.fault(f"{by} {words.refusal}").inside(by)
        try:
            return cases[words.parse(body[by], place)]
        except SchemaMismatch as error:
            error.inside(by)
            raise

    return Union(title=title, select=select, cases=tuple(cases.values()), name=name)


def tag(name: str, word: str) -> Member:
    """The member by which :func:`tagged` tells a case from the others."""
    return Member(name, Shown(OneOf((word,)), {"const": word}, whole=True), required=True)


def _here(where: Where, title: str) -> Where:
    return where if where.schema else Where(title)
