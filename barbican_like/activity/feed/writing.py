"""What rooms tell becomes rows of the feed, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import orjson

from barbican_like.activity.feed import audience
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.models import NewChange
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common import clock
from barbican_like.common.notices import Notice
from barbican_like.model.unit_of_work import UnitOfWork

_LARGEST_SNAPSHOT: Final = 8_192  # bytes


def writer(catalogue: Catalogue) -> Callable[[UnitOfWork, Sequence[Notice]], None]:
    """What writes a row for each change of what may be followed, all in one statement."""
    names = catalogue.names

    def write(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
        now = clock.now()
        rows = [
            row_of(notice, names[notice.object], notice.at or now)
            for notice in notices
            if notice.object in names
        ]
        if rows:
            uow.of(FeedRepo).write(rows)

    return write


def row_of(notice: Notice, name: str, at: datetime) -> NewChange:
    """The row of a notice.

    :param name: that clients have for such objects.
    :param at: its time, naive UTC.
    """
    encoded = orjson.dumps(notice.snapshot)
    if len(encoded) > _LARGEST_SNAPSHOT:
        encoded = orjson.dumps({"id": notice.id})
    return NewChange(
        at,
        name,
        notice.id,
        notice.op,
        notice.what,
        notice.old,
        notice.new,
        notice.actor,
        notice.audience.project_id,
        notice.event_id,
        audience.encoded(notice.audience, notice.snapshot),
        encoded.decode(),
    )
