"""Durations in buckets, and what they say: how many, how many a second, how long most of them took."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from barbican_like.common.meters.layout import BOUNDS

_EDGES = (0.0, *BOUNDS)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Seconds that a share of what was counted took at most, None where there was nothing.

    Inside a bucket they are taken to be spread evenly, as ``histogram_quantile`` has it; of the last one,
    which has no end, its begin is told.

    :param counts: by bucket.
    :param share: between 0 and 1.
    """
    total = sum(counts)
    if total == 0:
        return None
    wanted, below = share * total, 0
    for (low, high), count in zip(pairwise(_EDGES), counts, strict=False):
        if count and below + count >= wanted:
            return round(low + (high - low) * max(0.0, wanted - below) / count, 6)
        below += count
    return BOUNDS[-1]


def cumulated(counts: Sequence[int]) -> list[tuple[str, int]]:
    """The buckets as Prometheus has them: up to each bound, how many took at most so long."""
    found, below = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        below += count
        found.append((bound, below))
    return found
