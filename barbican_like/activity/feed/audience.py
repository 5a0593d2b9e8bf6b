"""Who may read a row, and who is registered on its object: how a row keeps what was told of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import orjson

from barbican_like.activity.models import Change
from barbican_like.common.notices import Audience

_CONSUMERS: Final = "consumers"
_MOST_CONSUMERS: Final = 100  # in a row: else each that registers would write all others once more
_USUAL: Final = [(field.name, field.default) for field in fields(Audience) if field.name != "project_id"]
_TUPLES: Final = frozenset(name for name, usual in _USUAL if isinstance(usual, tuple))


def encoded(audience: Audience, snapshot: Mapping[str, Any]) -> str | None:
    """What is not as it mostly is, as JSON. The project has a column of its own."""
    told = {name: value for name, usual in _USUAL if (value := getattr(audience, name)) != usual}
    if consumers := snapshot.get("consumers"):
        told[_CONSUMERS] = sorted({one.get("service") or one["name"] for one in consumers})[:_MOST_CONSUMERS]
    return orjson.dumps(told).decode() if told else None


def audience_of(change: Change) -> Audience:
    """Whom a row concerns."""
    if change.audience is None:
        return Audience(project_id=change.project_id)
    told: dict[str, Any] = orjson.loads(change.audience)
    told.pop(_CONSUMERS, None)
    kept: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in told.items()}
    return Audience(project_id=change.project_id, **kept)


def consumers_of(change: Change) -> frozenset[str]:
    """The services that are registered on a row's object."""
    if change.audience is None:
        return frozenset()
    told: dict[str, Any] = orjson.loads(change.audience)
    return frozenset(told.get(_CONSUMERS, ()))
