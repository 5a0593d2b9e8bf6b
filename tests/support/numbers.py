"""Numbers that a database makes by itself, for rows by the million."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def numbers(count: int) -> sa.ColumnElement[int]:
    """The numbers below ``count``, as a column of a cross join that every database understands."""
    digits = sa.union_all(*(sa.select(sa.literal(digit).label("digit")) for digit in range(10))).cte("digits")
    places = [digits.alias(f"place_{place}") for place in range(len(str(max(1, count - 1))))]
    total = sum((place.c.digit * 10**power for power, place in enumerate(places)), start=sa.literal(0))
    found = sa.select(total.label("number")).select_from(_crossed(places)).subquery("numbers")
    return sa.select(found.c.number).where(found.c.number < count).subquery("below").c.number


def _crossed(places: list[Any]) -> Any:
    crossed = places[0]
    for place in places[1:]:
        # True for all: SQLAlchemy warns of a join that does not compare its sides.
        crossed = crossed.join(place, places[0].c.digit < place.c.digit + 10)
    return crossed
