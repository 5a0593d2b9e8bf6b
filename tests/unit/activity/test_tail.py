"""What the gateway keeps in memory of the feed's end."""

from __future__ import annotations

from datetime import UTC, datetime

from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.live.tail import Row, Tail
from barbican_like.activity.models import Change

_AT = datetime(2026, 11, 25, tzinfo=UTC).replace(tzinfo=None)
_ENVELOPES = Envelopes("d", {})


def rows(*numbers: int) -> list[Row]:
    """Rows of these numbers."""
    usual = ("secrets", "x", "updated", None, None, None, None, "p", None, None, "{}")
    return [Row(Change(number, _AT, *usual), _ENVELOPES) for number in numbers]


def numbers(found: list[Row] | None) -> list[int] | None:
    """Their numbers."""
    return None if found is None else [row.change.seq for row in found]


def test_rows_behind_a_place_are_given_from_memory() -> None:
    tail = Tail()
    tail.begin(4)
    tail.add(rows(5, 6))
    tail.add(rows(7))
    assert numbers(tail.after(4, 10)) == [5, 6, 7]
    assert numbers(tail.after(5, 1)) == [6]
    assert numbers(tail.after(3, 10)) is None


def test_a_reader_skips_no_row_that_has_not_come_into_memory() -> None:
    """As when a look has failed half way: what is before the gap is read from the database."""
    tail = Tail()
    tail.begin(0)
    tail.add(rows(1, 2))
    tail.add(rows(4, 5))
    assert numbers(tail.after(0, 10)) is None
    assert numbers(tail.after(2, 10)) is None
    assert numbers(tail.after(3, 10)) == [4, 5]
