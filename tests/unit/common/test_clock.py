"""The time as the API and the database know it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common import clock


def test_now_is_naive_utc() -> None:
    """The system's time of day without an offset."""
    before = datetime.now(UTC)
    now = clock.now()
    assert now.tzinfo is None
    assert before <= now.replace(tzinfo=UTC) <= datetime.now(UTC)


@given(moment=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_a_naive_time_is_taken_as_utc(moment: datetime) -> None:
    """It stays as it is."""
    assert clock.to_naive_utc(moment) == moment


@given(
    moment=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(-1439, 1439),
)
def test_an_offset_is_taken_off(moment: datetime, minutes: int) -> None:
    """The same instant, naive, to the microsecond."""
    offset = timedelta(minutes=minutes)
    assert clock.to_naive_utc(moment.replace(tzinfo=timezone(offset))) == moment - offset


@pytest.mark.parametrize(
    "moment",
    [
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_an_instant_outside_the_calendar_is_an_overflow(moment: datetime) -> None:
    """As the docstring promises to callers that parse what clients send."""
    with pytest.raises(OverflowError):
        clock.to_naive_utc(moment)
