"""How a row keeps whom it concerns."""

from barbican_like.activity.feed.audience import encoded
from barbican_like.common.notices import Audience


def test_a_row_stays_small_however_many_have_registered() -> None:
    """Whoever registers writes a row with those who are there: without a bound, all of them each time."""
    consumers = [{"service": f"{number:04}" + "s" * 251} for number in range(5_000)]
    told = encoded(Audience(project_id="p"), {"consumers": consumers})
    assert told is not None
    assert 100 * 255 < len(told) < 30_000
