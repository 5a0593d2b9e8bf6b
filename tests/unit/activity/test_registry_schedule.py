"""The times of a lease: any two of three make the third."""

from __future__ import annotations

import pytest

from barbican_like.activity.registry.schedule import BadTimes, check, moved, span

NOW = 1_000


@pytest.mark.parametrize(
    ("values", "times"),
    [
        ({"duration": 60}, (1_000, 60, 1_060)),
        ({"start_time": 0, "duration": 60}, (1_000, 60, 1_060)),
        ({"start_time": 2_000, "duration": 60}, (2_000, 60, 2_060)),
        ({"start_time": 2_000, "end_time": 2_060}, (2_000, 60, 2_060)),
        ({"end_time": 1_500}, (1_000, 500, 1_500)),
        ({"duration": 60, "end_time": 1_500}, (1_440, 60, 1_500)),
        ({"start_time": 5, "duration": 5, "end_time": 10}, (5, 5, 10)),
    ],
)
def test_the_third_time_follows(values: dict[str, int], times: tuple[int, int, int]) -> None:
    check(values)
    assert span(values, NOW) == times


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "duration"),
        ({"start_time": 5}, "duration"),
        ({"start_time": 5, "end_time": 5}, "end_time"),
        ({"start_time": 5, "duration": 5, "end_time": 11}, "end_time"),
        ({"start_time": 253_402_300_000, "duration": 10_000}, "duration"),
    ],
)
def test_times_that_do_not_fit_are_refused_at_once(values: dict[str, int], field: str) -> None:
    for attempt in (lambda: check(values), lambda: span(values, NOW)):
        with pytest.raises(BadTimes) as error:
            attempt()
        assert error.value.field == field


def test_an_end_that_has_passed_meanwhile_is_refused_when_the_lease_is_made() -> None:
    check({"end_time": 900})
    with pytest.raises(BadTimes):
        span({"end_time": 900}, NOW)
    with pytest.raises(BadTimes):
        span({"end_time": 10, "duration": 11}, NOW)


@pytest.mark.parametrize(
    ("changes", "times"),
    [
        ({"start_time": 200}, (200, 50, 250)),
        ({"duration": 70}, (100, 70, 170)),
        ({"end_time": 130}, (100, 30, 130)),
        ({"start_time": 120, "end_time": 130}, (120, 10, 130)),
        ({"start_time": None, "duration": 1}, (100, 1, 101)),
        ({"start_time": 0}, (1_000, 50, 1_050)),
    ],
)
def test_a_lease_moves_and_keeps_its_duration(
    changes: dict[str, int | None], times: tuple[int, int, int]
) -> None:
    assert moved({"start_time": 100, "duration": 50, "end_time": 150}, changes, NOW) == times
