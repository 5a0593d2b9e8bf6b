"""What durations in buckets say of those that were counted."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.meters.layout import BOUNDS, BUCKETS
from barbican_like.operations.durations import cumulated, quantile


def counted(*seconds: float) -> list[int]:
    """Durations as meters count them."""
    counts = [0] * BUCKETS
    for each in seconds:
        counts[bisect_left(BOUNDS, each)] += 1
    return counts


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile(counted(), 0.5) is None


def test_inside_a_bucket_they_are_spread_evenly() -> None:
    assert quantile(counted(*[0.08] * 10), 0.5) == pytest.approx(0.075)
    assert quantile(counted(*[0.08] * 10), 0.9) == pytest.approx(0.095)


def test_of_the_last_bucket_its_begin_is_told() -> None:
    assert quantile(counted(3600.0), 0.99) == BOUNDS[-1]


@given(st.lists(st.floats(0.0, 50.0), min_size=1), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_is_in_the_bucket_of_the_duration_that_it_stands_for(
    seconds: list[float], share: float
) -> None:
    rank = max(0, -int(-share * len(seconds) // 1) - 1)
    exact = sorted(seconds)[rank]
    place = bisect_left(BOUNDS, exact)
    low = 0.0 if place == 0 else BOUNDS[place - 1]
    found = quantile(counted(*seconds), share)
    assert found is not None
    assert low <= found <= BOUNDS[place] + 1e-6


def test_buckets_of_prometheus_hold_those_before_them_too() -> None:
    found = dict(cumulated(counted(0.0001, 0.0007, 0.0007, 100.0)))
    assert (found["0.0005"], found["0.001"], found["60.0"], found["+Inf"]) == (1, 3, 3, 4)
