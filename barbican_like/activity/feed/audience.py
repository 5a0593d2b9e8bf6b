"""Who may read a row, and who is registered on its object: what rows say of it, read back."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from barbican_like.activity.models import Change


class Entitled(NamedTuple):
    """What a row says of those whom it concerns, besides its project."""

    creator_id: str | None = None
    is_open: bool = True  # False: an ACL closes the object to its project
    readers: tuple[str, ...] = ()  # users whom its ACL names
    consumers: tuple[str, ...] = ()  # services that are registered on it


_ANYBODY = Entitled()


def entitled(change: Change) -> Entitled:
    """Whom a row concerns; :mod:`barbican_like.activity.feed.writing` wrote it."""
    if change.audience is None:
        return _ANYBODY
    told: dict[str, Any] = orjson.loads(change.audience)
    return Entitled(
        creator_id=told.get("creator"),
        is_open=not told.get("closed", False),
        readers=tuple(told.get("readers", ())),
        consumers=tuple(told.get("consumers", ())),
    )
