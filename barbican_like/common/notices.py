"""What rooms tell each other: that something has changed, without knowing who listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One change, told in the transaction that makes it. It never holds what is secret."""

    object: str  # the kind of what changed, such as secret
    id: str  # its id
    op: str  # created, updated, deleted, or a word of the room that tells
    what: str | None = None  # the part of it that changed, such as acl; None for the whole
    old: Any = None  # that part before
    new: Any = None  # and after
    actor: str | None = None  # the user who did it; None for the program itself
    snapshot: Mapping[str, Any] = field(default_factory=dict)  # the thing as it now is, for who comes late
