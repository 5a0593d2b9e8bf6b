"""Single values: texts, numbers, words, flags, times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

from barbican_like.common import clock
from barbican_like.common.errors import InvalidInput
from barbican_like.http.schema.value import WHOLE, Schema, Value, Where

LONGEST_TEXT: Final = 255

# What Python's str.strip removes (JSON knows no such class), for use between brackets.
BLANK: Final = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
NO_NUL: Final = r"^[^\u0000]*$"
NOT_BLANK: Final = rf"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$"


def described(schema: Schema, about: str) -> Schema:
    """A schema with its description, if there is one."""
    return schema | {"description": about} if about else schema


@dataclass(frozen=True, slots=True)
class Text(Value[str]):
    """A string, which becomes one without the blanks around it."""

    about: str = ""  # the description
    shortest: int = 0  # characters that are left at least: 0 or 1
    longest: int = LONGEST_TEXT  # characters that come at most, blanks included
    pattern: str = ""  # what is left must match as a whole: an expression that Python and ECMA 262 share

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The string without blanks around it.

        :raises SchemaMismatch: when it is none, or one that is not usable.
        """
        if not isinstance(value, str):
            raise where.fault(f"{where.label} is not of type 'string'")
        stripped = value.strip()
        if "\x00" in stripped:
            raise where.fault(f"{where.label} holds a NUL character")
        if len(stripped) < self.shortest:
            raise where.fault(f"{where.label} is too short: at least {self.shortest} characters are needed")
        if len(value) > self.longest:
            raise where.fault(f"{where.label} is too long: at most {self.longest} characters are allowed")
        if self.pattern and re.fullmatch(self.pattern, stripped) is None:
            raise where.fault(f"{where.label} does not match {self.pattern}")
        return stripped

    def json_schema(self) -> Schema:
        """A string in bounds."""
        schema: Schema = {"type": "string", "maxLength": self.longest, "pattern": NO_NUL}
        if self.shortest:
            schema |= {"minLength": self.shortest, "pattern": NOT_BLANK}
        if self.pattern:
            schema["pattern"] = f"^[{BLANK}]*(?:{self.pattern})[{BLANK}]*$"
        return described(schema, self.about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Value[int]):
    """A whole number in bounds. 256.0 is 256, as JSON Schema has it (draft 2020-12, core, section 4.2.3)."""

    least: int
    most: int
    about: str = ""
    exact: bool = False  # 256.0 is none, though JSON Schema has no words for that

    def parse(self, value: object, where: Where = WHOLE) -> int:
        """The number.

        :raises SchemaMismatch: when it is anything else; true and false are no numbers.
        """
        if isinstance(value, float) and value.is_integer() and not self.exact:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise where.fault(f"{where.label} is not of type 'integer'")
        if not self.least <= value <= self.most:
            raise where.fault(f"{where.label} is out of range: {self.least} to {self.most}")
        return value

    def json_schema(self) -> Schema:
        """An integer in bounds."""
        return described({"type": "integer", "minimum": self.least, "maximum": self.most}, self.about)


@dataclass(frozen=True, slots=True)
class Boolean(Value[bool]):
    """True or false."""

    about: str = ""

    def parse(self, value: object, where: Where = WHOLE) -> bool:
        """Which of them.

        :raises SchemaMismatch: when it is anything else.
        """
        if not isinstance(value, bool):
            raise where.fault(f"{where.label} is not of type 'boolean'")
        return value

    def json_schema(self) -> Schema:
        """A boolean."""
        return described({"type": "boolean"}, self.about)


_ANY_TEXT: Final = Text()


@dataclass(frozen=True, slots=True)
class OneOf(Value[str]):
    """One of some words, to the letter."""

    words: tuple[str, ...]
    about: str = ""
    any_case: bool = False  # whether capitals count as small letters

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The word.

        :raises SchemaMismatch: when it is none of them.
        """
        if isinstance(value, str) and value in self.words:
            return value
        if self.any_case and isinstance(value, str) and value.isascii():
            word = next((one for one in self.words if one.lower() == value.lower()), None)
            if word is not None:
                return word
        _ANY_TEXT.parse(value, where)
        raise where.fault(f"{where.label} {self.refusal}")

    @property
    def refusal(self) -> str:
        """What is said of any other text, after the place."""
        return f"is not one of {[str(word) for word in self.words]}"

    def json_schema(self) -> Schema:
        """An enumeration."""
        return described({"type": "string", "enum": list(self.words)}, self.about)


@dataclass(frozen=True, slots=True)
class Time(Value[datetime]):
    """A time in ISO 8601, UTC unless it has an offset."""

    about: str = ""

    def parse(self, value: object, where: Where = WHOLE) -> datetime:
        """The time in UTC, naive.

        :raises SchemaMismatch: when it is none.
        """
        return _moment(_ANY_TEXT.parse(value, where), where)

    def json_schema(self) -> Schema:
        """A date and time as RFC 3339 has it; more of ISO 8601 is taken."""
        return described({"type": "string", "format": "date-time"}, self.about)


def _moment(text: str, where: Where) -> datetime:
    try:
        return clock.to_naive_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise where.fault(f"Invalid date for '{where.field}'") from None


@dataclass(frozen=True, slots=True)
class FutureTime(Value[datetime | None]):
    """A time that is still to come, in ISO 8601: UTC unless it has an offset. Null and blanks mean none."""

    about: str

    def parse(self, value: object, where: Where = WHOLE) -> datetime | None:
        """The time in UTC, naive.

        :raises SchemaMismatch: when it is none, or is over.
        """
        text = None if value is None else _ANY_TEXT.parse(value, where)
        if not text:
            return None
        moment = _moment(text, where)
        if moment <= clock.now():
            raise where.fault(f"'{where.field}' is before current time")
        return moment

    def json_schema(self) -> Schema:
        """A text of the document's own format."""
        return {"type": ["string", "null"], "format": "future-date-time", "description": self.about}


@dataclass(frozen=True, slots=True)
class Anything(Value[Any]):
    """Any JSON at all, for what is stored as it came, or dropped."""

    about: str = ""

    def parse(self, value: object, where: Where = WHOLE) -> Any:
        """The same value."""
        return value

    def json_schema(self) -> Schema:
        """What everything is."""
        return described({}, self.about)


@dataclass(frozen=True, slots=True)
class Absent(Value[None]):
    """A member that must not be there."""

    reason: str  # why it is refused
    about: str = ""
    error: type[InvalidInput] | None = (
        None  # has the reason as its whole text; None: a mismatch that names the member
    )

    def parse(self, value: object, where: Where = WHOLE) -> NoReturn:
        """Refuse, whatever the value.

        :raises InvalidInput: always.
        """
        raise where.fault(self.reason) if self.error is None else self.error(self.reason)

    def json_schema(self) -> Schema:
        """What nothing can be."""
        return described({"not": {}}, self.about)
