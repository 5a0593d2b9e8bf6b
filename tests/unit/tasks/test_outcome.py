"""How long a task waits for its next try."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.tasks import outcome


@given(attempt=st.integers(1, 10_000))
def test_a_wait_is_between_half_and_all_of_its_longest(attempt: int) -> None:
    """Half a second after the first try, doubled with each, at most a minute; never an overflow."""
    longest = min(60.0, 0.5 * 2.0 ** min(attempt - 1, 30))
    assert longest / 2 <= outcome.backoff(attempt) <= longest


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]), (1.0, [0.5, 1, 2, 4, 8, 16, 32, 60, 60])],
)
def test_the_bounds_are_reached(monkeypatch: pytest.MonkeyPatch, share: float, expected: list[float]) -> None:
    """With the least and with the most luck."""
    monkeypatch.setattr(random, "uniform", lambda low, high: {0.5: low, 1.0: high}[share])
    assert [outcome.backoff(attempt) for attempt in range(1, 10)] == expected


def test_many_failures_do_not_come_back_as_one() -> None:
    """A hundred tasks that failed together are due at a hundred different times."""
    assert len({outcome.backoff(5) for _ in range(100)}) > 90
