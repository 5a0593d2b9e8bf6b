"""The members of a JSON body, taken one by one, each fault naming its field."""

from __future__ import annotations

from typing import Final

from barbican_like.common.errors import SchemaMismatch

LONGEST_TEXT: Final = 255
_MISSING: Final = object()


class Fields:
    """The members of a JSON object, taken one by one.

    :param schema: the schema's name in error texts.
    :raises SchemaMismatch: when the body is no object, or a member's name holds a NUL.
    """

    def __init__(self, body: object, schema: str) -> None:
        self.schema = schema
        if not isinstance(body, dict):
            raise SchemaMismatch(schema, "the body is not of type 'object'", "")
        self._body = body

    def __contains__(self, name: str) -> bool:
        return name in self._body

    def names(self) -> frozenset[str]:
        """The members' names."""
        return frozenset(self._body)

    def fault(self, name: str, reason: str) -> SchemaMismatch:
        """An error about one member."""
        return SchemaMismatch(self.schema, reason, name)

    def raw(self, name: str) -> object:
        """A member as it came, None when it is absent."""
        return self._body.get(name)

    def text(
        self, name: str, *, shortest: int = 0, longest: int = LONGEST_TEXT, nullable: bool = False
    ) -> str | None:
        """A string without the blanks around it, None when it is absent (or null, where that is allowed).

        :param shortest: characters that are left at least.
        :param longest: characters that come at most.

        :raises SchemaMismatch: when it is none, or its length is out of bounds.
        """
        value = self._body.get(name, _MISSING)
        if value is _MISSING or (value is None and nullable):
            return None
        if not isinstance(value, str):
            raise self.fault(name, f"{name} is not of type 'string'")
        stripped = value.strip()
        if "\x00" in stripped:
            raise self.fault(name, f"{name} holds a NUL character")
        if len(stripped) < shortest:
            raise self.fault(name, f"{name} is too short: at least {shortest} characters are needed")
        if len(value) > longest:
            raise self.fault(name, f"{name} is too long: at most {longest} characters are allowed")
        return stripped

    def required_text(self, name: str, *, shortest: int = 1, longest: int = LONGEST_TEXT) -> str:
        """A string that must be there.

        :raises SchemaMismatch: when it is not, or not usable.
        """
        value = self.text(name, shortest=shortest, longest=longest)
        if value is None:
            raise self.fault(name, f"'{name}' is a required property")
        return value

    def integer(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number in bounds, None when it is absent.

        256.0 is 256, as JSON Schema has it (draft 2020-12, section 4.2.3 of its core).

        :raises SchemaMismatch: when it is anything else; true and false are no numbers.
        """
        value = self._body.get(name, _MISSING)
        if value is _MISSING:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(name, f"{name} is not of type 'integer'")
        if not least <= value <= most:
            raise self.fault(name, f"{name} is out of range: {least} to {most}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of some words.

        :raises SchemaMismatch: when it is none of them, or missing without a default.
        """
        value = self.text(name)
        if value is None and default is not None:
            return default
        if value is None or self.raw(name) not in allowed:
            raise self.fault(name, f"{name} is not one of {list(allowed)}")
        return value

    def forbid_others(self, *known: str) -> None:
        """Do nothing when every member is one of these.

        :raises SchemaMismatch: naming one that is not.
        """
        others = sorted(self.names() - set(known))
        if others:
            raise self.fault(others[0][:LONGEST_TEXT], f"only {list(known)} are allowed here")

    def flag(self, name: str) -> bool | None:
        """True or false, None when it is absent.

        :raises SchemaMismatch: when it is anything else.
        """
        value = self._body.get(name, _MISSING)
        if value is _MISSING:
            return None
        if not isinstance(value, bool):
            raise self.fault(name, f"{name} is not of type 'boolean'")
        return value

    def texts(self, name: str, *, longest: int = LONGEST_TEXT) -> tuple[str, ...] | None:
        """A list of non-empty strings, None when it is absent.

        :raises SchemaMismatch: when it is anything else.
        """
        value = self._body.get(name, _MISSING)
        if value is _MISSING:
            return None
        if not isinstance(value, list):
            raise self.fault(name, f"{name} is not of type 'array'")
        each = (Fields({name: item}, self.schema).required_text(name, longest=longest) for item in value)
        return tuple(each)
