"""What rooms tell becomes rows of the feed, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from barbican_like.activity.models import NewChange
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common import clock
from barbican_like.common.notices import Audience, Notice
from barbican_like.model.unit_of_work import UnitOfWork

_LARGEST_SNAPSHOT: Final = 8_192  # bytes
_NAMES: Final = {"secret": "secrets", "container": "containers", "order": "orders"}
"""The feed's names of what rooms tell about; of what is not here there is nothing in the feed."""


def on_notices(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Write a row for each change, all in one statement."""
    now = clock.now()
    rows = [row_of(notice, now) for notice in notices if notice.object in _NAMES]
    if rows:
        uow.of(FeedRepo).write(rows)


def row_of(notice: Notice, at: datetime) -> NewChange:
    """The row of a notice.

    :param at: its time, naive UTC.
    """
    audience, encoded = notice.audience, orjson.dumps(notice.snapshot)
    if len(encoded) > _LARGEST_SNAPSHOT:
        encoded = orjson.dumps({"id": notice.id})
    return NewChange(
        at,
        _NAMES[notice.object],
        notice.id,
        notice.op,
        notice.what,
        notice.old,
        notice.new,
        notice.actor,
        audience.project_id,
        None,
        _encoded(audience, notice.snapshot),
        encoded.decode(),
    )


def _encoded(audience: Audience, snapshot: Mapping[str, Any]) -> str | None:
    """What is not as it mostly is, as JSON; read by :mod:`barbican_like.activity.feed.audience`."""
    told: dict[str, Any] = {}
    if audience.creator_id is not None:
        told["creator"] = audience.creator_id
    if not audience.is_open:
        told["closed"] = True
    if audience.readers:
        told["readers"] = audience.readers
    if consumers := snapshot.get("consumers"):
        told["consumers"] = sorted({one.get("service") or one["name"] for one in consumers})
    return orjson.dumps(told).decode() if told else None
