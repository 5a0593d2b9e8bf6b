"""Places in the feed, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.models import Change, Head
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common.errors import Gone

_LOOKED_AT: Final = 5_000  # rows for one answer; a reader whose rows are rare gets a new place instead
_AT_ONCE: Final = 500  # rows of one statement


class Page(NamedTuple):
    """Some changes, and the place behind them."""

    changes: Sequence[Change]
    last_seq: int  # where to go on; it moves past rows that are not for the reader


def require_kept(since: int, head: Head) -> None:
    """Do nothing where all that stands behind a place is still kept.

    :raises Gone: when it is not, or the place has never been: a backup was restored.
    """
    if since + 1 < head.oldest or since > head.last:
        raise Gone(head.oldest, head.last)


def read(feed: FeedRepo, since: int | None, limit: int, keep: Keep) -> Page:
    """The next changes for a reader.

    :param since: the place; None: before the oldest row that is kept.
    :param limit: changes at most.
    :raises Gone: see :func:`require_kept`.
    """
    head = feed.head()
    if since is None:
        since = head.oldest - 1
    require_kept(since, head)
    found: list[Change] = []
    place = since
    while len(found) < limit and place - since < _LOOKED_AT:
        rows = feed.page(place, _AT_ONCE)
        if not rows:
            break
        if rows[0].seq != place + 1:  # removed between two statements
            raise Gone(rows[0].seq, head.last)
        place = _take(rows, limit, keep, found)
        if len(rows) < _AT_ONCE:
            break
    return Page(found, place)


def _take(rows: Sequence[Change], limit: int, keep: Keep, found: list[Change]) -> int:
    """Put those that are to be kept into ``found``; the place behind the last one looked at."""
    for row in rows:
        if keep(row):
            found.append(row)
            if len(found) == limit:
                return row.seq
    return rows[-1].seq
