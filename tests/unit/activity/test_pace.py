"""How often the gateway looks by itself."""

import pytest

from barbican_like.activity.live.pace import Pace

USUAL = 0.25


@pytest.mark.parametrize(("dialect", "fast"), [("sqlite", 0.005), ("mysql", 0.02), ("postgresql", USUAL)])
def test_what_came_without_a_wake_up_makes_it_fast_for_a_minute(dialect: str, fast: float) -> None:
    pace = Pace(dialect)
    pace.looked(100.0, woken=True, found=True)
    assert pace.seconds(100.0) == USUAL
    pace.looked(200.0, woken=False, found=False)
    assert pace.seconds(200.0) == USUAL
    pace.looked(300.0, woken=False, found=True)
    pace.looked(310.0, woken=True, found=True)
    pace.looked(311.0, woken=False, found=False)
    assert pace.seconds(359.0) == fast
    assert pace.seconds(361.0) == USUAL


def test_one_of_mariadb_is_fast_until_this_machine_wakes_it() -> None:
    pace = Pace("mysql")
    pace.looked(100.0, woken=False, found=True)
    assert pace.seconds(1_000_000.0) == 0.02
    pace.looked(1_000_000.0, woken=True, found=False)
    assert pace.seconds(1_000_000.0) == USUAL
