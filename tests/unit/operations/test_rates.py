"""Rates of the last hour by what was counted in steps of ten seconds."""

from __future__ import annotations

from barbican_like.common.meters.layout import BUCKETS, OTHERS, STEP
from barbican_like.common.meters.reading import Counted, Series
from barbican_like.operations.http import answers
from barbican_like.operations.rates import rates

NOW = 1_000_005.0
STEP_NOW = int(NOW) // STEP


def series(**numbers: int) -> Series:
    """What was counted: how many in the step so many steps ago, as ``ago_1=5``, all in the first bucket."""
    steps = {
        STEP_NOW - int(ago.removeprefix("ago_")): [number, *[0] * (BUCKETS - 1)]
        for ago, number in numbers.items()
    }
    return Series(buckets=[sum(numbers.values()), *[0] * (BUCKETS - 1)], steps=steps)


def counted(**by_status: Series) -> Counted:
    return Counted(
        {
            ("request", "GET", "/v1/secrets", name.removeprefix("of_")): each
            for name, each in by_status.items()
        },
        processes=1,
    )


def test_statuses_of_a_class_are_one_rate() -> None:
    found = rates(counted(of_200=series(ago_1=3), of_201=series(ago_1=4), of_404=series(ago_2=1)), now=NOW)
    assert {name: sum(rate.whole()) for name, rate in found.classes.items()} == {"2xx": 7, "4xx": 1}
    assert set(found.routes) == {("GET", "/v1/secrets", "2xx"), ("GET", "/v1/secrets", "4xx")}


def test_what_is_older_than_an_hour_is_left_out() -> None:
    found = rates(counted(of_200=series(ago_1=1, ago_359=2, ago_400=4)), now=NOW)
    assert sum(found.classes["2xx"].whole()) == 3


def test_what_lies_in_the_future_is_left_out() -> None:
    """Since a clock was set back, say."""
    ahead = Series(buckets=[1, *[0] * (BUCKETS - 1)], steps={STEP_NOW + 5: [1, *[0] * (BUCKETS - 1)]})
    assert rates(counted(of_200=ahead), now=NOW).classes == {}


def test_points_begin_at_the_time_that_is_asked_for() -> None:
    since = (STEP_NOW - 2) * STEP
    found = rates(counted(of_200=series(ago_1=1, ago_2=2, ago_3=4)), now=NOW, since=since)
    assert found.since == since
    assert sum(found.classes["2xx"].whole()) == 3


def test_longer_steps_sum_up_shorter_ones() -> None:
    found = rates(counted(of_200=series(ago_0=1, ago_1=2, ago_7=4)), now=NOW, step=60)
    points = found.classes["2xx"].points
    assert all(at % 60 == 0 for at in points)
    assert sum(sum(counts) for counts in points.values()) == 7


def test_a_rate_is_how_many_a_second_and_of_the_last_step_only_what_is_over_counts() -> None:
    shown = answers.rates(rates(counted(of_200=series(ago_0=10, ago_1=50)), now=NOW))
    (requests,) = shown["requests"]
    assert [(point["number"], point["per_second"]) for point in requests["points"]] == [(50, 5.0), (10, 2.0)]
    assert requests["number"] == 60
    assert 0 < requests["p50"] <= 0.0005


def test_tasks_have_rates_by_kind_and_outcome_and_what_has_no_name_none() -> None:
    tasks = {("task", "process_type_order", "done"): series(ago_1=2), OTHERS: series(ago_1=9)}
    found = rates(Counted(tasks, processes=2), now=NOW)
    assert set(found.tasks) == {("process_type_order", "done")}
    assert (found.classes, found.processes) == ({}, 2)
