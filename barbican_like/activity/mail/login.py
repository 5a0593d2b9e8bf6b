"""Who logs in to the mail server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """A name and its password, which is in no repr."""

    user: str
    password: str = field(repr=False)
