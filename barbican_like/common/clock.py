"""The time, as the API and the database know it: naive UTC with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present time, naive UTC. Clients depend on timestamps without an offset."""
    return datetime.now(UTC).replace(tzinfo=None)


def to_naive_utc(moment: datetime) -> datetime:
    """``moment`` as naive UTC; a naive one is taken as UTC already.

    :raises OverflowError: when the offset moves it outside the years 1 to 9999.
    """
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
