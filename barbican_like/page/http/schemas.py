"""What goes in and out of ``/ui/session``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from barbican_like.http.openapi.values import COUNT, closed
from barbican_like.http.schema import WHOLE, Member, Object, Schema, Text, Union, Value, Where, named
from barbican_like.page.http.sign_in import Password, Token

_LONGEST_TOKEN: Final = 8_192
_TOKEN: Final = "[!-~]+"  # noqa: S105  what a header may hold
Credentials = Password | Token

_TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}

SETTINGS: Final = named(
    "PageSettings",
    closed(
        {
            "auth": {"enum": ["noauth", "basic", "keystone"]},
            "live": _TEXT_OR_NULL | {"description": "The websocket of the live feed."},
            "version": _TEXT,
            "idle": COUNT | {"description": "Seconds without a key or a click until the sign-out."},
        }
    ),
)
SESSION: Final = named(
    "PageSession",
    closed({"token": _TEXT, "user": _TEXT, "project": _TEXT, "project_id": _TEXT, "expires_at": _TEXT}),
)


@dataclass(frozen=True, slots=True)
class Exact(Value[str]):
    """A text of which nothing is taken away, such as a password."""

    about: str
    longest: int
    pattern: str = ""  # of the whole

    def parse(self, value: object, where: Where = WHOLE) -> str:
        """The text as it is.

        :raises SchemaMismatch: when it is none, empty or too long.
        """
        if not isinstance(value, str):
            raise where.fault(f"{where.label} is not of type 'string'")
        if not 1 <= len(value) <= self.longest:
            raise where.fault(f"{where.label} must have 1 to {self.longest} characters")
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            raise where.fault(f"{where.label} does not match {self.pattern}")
        return value

    def json_schema(self) -> Schema:
        """A string in bounds."""
        pattern = {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        bounds = {"minLength": 1, "maxLength": self.longest}
        return {"type": "string", "description": self.about} | bounds | pattern


_WITH_TOKEN: Final[Object[Credentials]] = Object(
    title="Sign-in",
    members=(Member("token", Exact("A token for a project.", _LONGEST_TOKEN, _TOKEN), required=True),),
    make=Token,
    closed=True,
)
_WITH_PASSWORD: Final[Object[Credentials]] = Object(
    title="Sign-in",
    members=(
        Member("user", Text("The user's name.", shortest=1), required=True),
        Member("password", Exact("The user's password.", 4_096), required=True),
        Member("domain", Text("The domain's name, or `default`.", shortest=1), default="default"),
        Member("project", Text("The project's name.", shortest=1), required=True),
    ),
    make=Password,
    closed=True,
)


def _kind(body: Mapping[str, Any]) -> Value[Credentials]:
    return _WITH_TOKEN if "token" in body else _WITH_PASSWORD


CREDENTIALS: Final[Union[Credentials]] = Union(
    title="Sign-in", name="PageCredentials", select=_kind, cases=(_WITH_TOKEN, _WITH_PASSWORD)
)
